using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Transforms;

/// <summary>From keys back to the values that they stand for.</summary>
internal abstract class KeyValueMap(PrimitiveDataViewType valueType)
{
    public PrimitiveDataViewType ValueType { get; } = valueType;

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);
}

/// <inheritdoc/>
internal sealed class KeyValueMap<TValue>(PrimitiveDataViewType valueType, TValue[] values) : KeyValueMap(valueType)
{
    /// <summary>What a missing key, or one out of range, becomes: NaN, and for types that have none their default.</summary>
    private static readonly TValue Missing =
        typeof(TValue) == typeof(float) ? (TValue)(object)float.NaN : typeof(TValue) == typeof(double) ? (TValue)(object)double.NaN : default!;

    private static readonly bool MissingIsDefault = typeof(TValue) != typeof(float) && typeof(TValue) != typeof(double);

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column) =>
        Utils.MarshalInvoke<Delegate>(MakeGetterCore<uint>, column.Type.GetItemType().RawType, row, column);

    private Delegate MakeGetterCore<TKey>(DataViewRow row, DataViewSchema.Column column) =>
        column.Type is VectorDataViewType ? MakeVectorGetter(row.GetGetter<VBuffer<TKey>>(column)) : MakeScalarGetter(row.GetGetter<TKey>(column));

    private TValue Map<TKey>(TKey key) => KeyIndex.Of(key) is var index and > 0 && index <= (ulong)values.Length ? values[index - 1] : Missing;

    private ValueGetter<TValue> MakeScalarGetter<TKey>(ValueGetter<TKey> getKey)
    {
        TKey key = default!;
        return (ref TValue value) =>
        {
            getKey(ref key);
            value = Map(key);
        };
    }

    private ValueGetter<VBuffer<TValue>> MakeVectorGetter<TKey>(ValueGetter<VBuffer<TKey>> getKeys)
    {
        VBuffer<TKey> vector = default;
        return (ref VBuffer<TValue> destination) =>
        {
            getKeys(ref vector);
            ReadOnlySpan<TKey> keys = vector.GetValues();
            ReadOnlySpan<int> indices = vector.GetIndices();
            // The keys that a sparse vector leaves out are missing ones; they stay left out where their value is the default.
            bool sparse = !vector.IsDense && MissingIsDefault;
            VBufferEditor<TValue> editor = sparse
                ? VBufferEditor.Create(ref destination, vector.Length, keys.Length) : VBufferEditor.Create(ref destination, vector.Length);
            if (!sparse && !vector.IsDense) editor.Values.Fill(Missing);
            for (int i = 0; i < keys.Length; i++)
                editor.Values[sparse || vector.IsDense ? i : indices[i]] = Map(keys[i]);
            if (sparse) indices.CopyTo(editor.Indices);
            destination = editor.Commit();
        };
    }
}
