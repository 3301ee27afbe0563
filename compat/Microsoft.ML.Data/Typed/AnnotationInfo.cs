using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>An annotation that a schema definition carries: a kind, a type and a way to read the value.</summary>
internal sealed class AnnotationInfo
{
    private readonly Delegate _getter;

    private AnnotationInfo(string kind, DataViewType type, Delegate getter) => (Kind, AnnotationType, _getter) = (kind, type, getter);

    public string Kind { get; }

    public DataViewType AnnotationType { get; }

    public void AddTo(DataViewSchema.Annotations.Builder builder) => builder.Add(Kind, AnnotationType, _getter);

    /// <summary>The annotation of one kind that a column has in a schema, shared with it.</summary>
    public static AnnotationInfo FromAnnotations(string kind, DataViewSchema.Annotations annotations)
    {
        DataViewType type = annotations.Schema[kind].Type;
        return new AnnotationInfo(kind, type, Utils.MarshalInvoke<Delegate>(GetterOf<int>, type.RawType, kind, annotations));
    }

    /// <summary>An annotation of a plain value: a scalar, a string, an array, an array of strings or a VBuffer.</summary>
    public static AnnotationInfo FromValue(string kind, object value, DataViewType type)
    {
        (Type item, bool isVector) = MemberColumns.SplitKnown("annotation value", value.GetType(), attributes: null);
        bool wantsVector = type is VectorDataViewType;
        if (isVector != wantsVector)
        {
            throw Contracts.Except($"Annotation '{kind}' has the type {type}, a {(wantsVector ? "vector" : "scalar")}, " +
                $"and a value that is a {(isVector ? "vector" : "scalar")}.");
        }

        Type wanted = ((type as VectorDataViewType)?.ItemType ?? type).RawType;
        if (item != wanted)
            throw Contracts.Except($"Annotation '{kind}' has items of type {wanted} and a value of items of type {item}.");

        Delegate getter = value switch
        {
            string text => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> target) => target = text.AsMemory()),
            string[] texts => VectorGetter(Array.ConvertAll(texts, text => text.AsMemory())),
            Array => Utils.MarshalInvoke<Delegate>(VectorGetter<int>, item, value),
            _ when isVector => Utils.MarshalInvoke<Delegate>(BufferGetter<int>, item, value),
            _ => Utils.MarshalInvoke<Delegate>(ScalarGetter<int>, item, value),
        };
        return new AnnotationInfo(kind, type, getter);
    }

    private static Delegate GetterOf<T>(string kind, DataViewSchema.Annotations annotations)
        => (ValueGetter<T>)((ref T target) => annotations.GetValue(kind, ref target));

    private static Delegate ScalarGetter<T>(T value) => (ValueGetter<T>)((ref T target) => target = value);

    private static Delegate BufferGetter<T>(VBuffer<T> value) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> target) => value.CopyTo(ref target));

    private static Delegate VectorGetter<T>(T[] values) => BufferGetter(new VBuffer<T>(values.Length, values));
}
