using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Transforms;

/// <summary>A dictionary at work on a column: the getter of the keys and the annotation with their values.</summary>
internal abstract class BoundTermMap
{
    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);

    /// <summary>Adds the annotation KeyValues; none where the dictionary is empty.</summary>
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder annotations);
}

/// <inheritdoc/>
internal sealed class BoundTermMap<T>(TermMap<T> map, DataViewSchema.Column source, bool valuesAsText) : BoundTermMap
{
    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector ? MakeVectorGetter(row.GetGetter<VBuffer<T>>(column), vector, column.Name)
            : MakeScalarGetter(row.GetGetter<T>(column));

    public override void AddKeyValues(DataViewSchema.Annotations.Builder annotations)
    {
        if (map.Count == 0) return;
        // Keys made from keys take over the values of the latter, where those are known.
        if (map.ItemType is KeyDataViewType key && source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType values
            && (ulong)values.Size == key.Count)
            Utils.MarshalInvoke<object?>(AddValuesOfKeys<int>, values.ItemType.RawType, annotations, values.ItemType);
        else if (valuesAsText && map.ItemType is not TextDataViewType)
            annotations.AddKeyValues(map.Count, TextDataViewType.Instance, (ref VBuffer<ReadOnlyMemory<char>> texts) => Fill(ref texts, map.ToTextMemory));
        else
            annotations.AddKeyValues<T>(map.Count, map.ItemType, map.GetTerms);
    }

    private object? AddValuesOfKeys<TValue>(DataViewSchema.Annotations.Builder annotations, PrimitiveDataViewType valueType)
    {
        Func<T, TValue> Lookup()
        {
            VBuffer<TValue> values = default;
            source.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref values);
            return key => values.GetItemOrDefault((int)KeyIndex.Of(key) - 1);
        }
        if (valuesAsText && TermType.For(valueType) is TermType<TValue> textForm and not TextTermType)
        {
            annotations.AddKeyValues(map.Count, TextDataViewType.Instance, (ref VBuffer<ReadOnlyMemory<char>> texts) =>
            {
                Func<T, TValue> lookup = Lookup();
                Fill(ref texts, key => textForm.ToText(lookup(key)).AsMemory());
            });
        }
        else
            annotations.AddKeyValues(map.Count, valueType, (ref VBuffer<TValue> values) => Fill(ref values, Lookup()));
        return null;
    }

    private void Fill<TValue>(ref VBuffer<TValue> destination, Func<T, TValue> valueOf)
    {
        VBufferEditor<TValue> editor = VBufferEditor.Create(ref destination, map.Count);
        for (int i = 0; i < map.Count; i++) editor.Values[i] = valueOf(map.Terms[i]);
        destination = editor.Commit();
    }

    private ValueGetter<uint> MakeScalarGetter(ValueGetter<T> getSource)
    {
        T value = default!;
        return (ref uint key) =>
        {
            getSource(ref value);
            key = map.Find(value);
        };
    }

    private ValueGetter<VBuffer<uint>> MakeVectorGetter(ValueGetter<VBuffer<T>> getSource, VectorDataViewType type, string columnName)
    {
        VBuffer<T> vector = default;
        uint keyOfDefault = map.Find(default!);
        return (ref VBuffer<uint> keys) =>
        {
            getSource(ref vector);
            if (type.Size != 0 && vector.Length != type.Size)
                throw Runtime.Contracts.Except($"Column '{columnName}' has {vector.Length} values, its type has {type.Size}.");
            ReadOnlySpan<T> values = vector.GetValues();
            // What a sparse vector leaves out stays left out where its key would be 0; otherwise it is filled in.
            bool sparse = !vector.IsDense && keyOfDefault == 0;
            VBufferEditor<uint> editor = sparse ? VBufferEditor.Create(ref keys, vector.Length, values.Length) : VBufferEditor.Create(ref keys, vector.Length);
            if (!sparse && !vector.IsDense) editor.Values.Fill(keyOfDefault);
            ReadOnlySpan<int> indices = vector.GetIndices();
            for (int i = 0; i < values.Length; i++)
                editor.Values[sparse || vector.IsDense ? i : indices[i]] = map.Find(values[i]);
            if (sparse) indices.CopyTo(editor.Indices);
            keys = editor.Commit();
        };
    }
}
