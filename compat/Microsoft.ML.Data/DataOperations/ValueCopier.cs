using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Data;

internal delegate void ValueCopier<T>(in T value, ref T target);

/// <summary>How a value is handed out that is kept: simple values as they are, vectors item by item, since the receiver may write into its own.</summary>
internal static class ValueCopier
{
    /// <summary>Whether values of a type can be kept: simple values and vectors can, objects such as images have an owner.</summary>
    public static bool CanCopy(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    public static ValueCopier<T> Of<T>()
        => typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? Utils.MarshalInvoke<ValueCopier<T>>(OfVector<int>, typeof(T).GetGenericArguments()[0])
            : static (in T value, ref T target) => target = value;

    private static Delegate OfVector<TItem>()
        => (ValueCopier<VBuffer<TItem>>)(static (in VBuffer<TItem> value, ref VBuffer<TItem> target) => value.CopyTo(ref target));
}
