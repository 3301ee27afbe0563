using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A column concatenated from the columns of a schema: its type, annotations and values. A single vector is passed on as it is.</summary>
internal sealed class ConcatenatedColumn
{
    private readonly ColumnConcatenatingTransformer.ColumnOptions _options;
    private readonly DataViewSchema.Column[] _sources;
    private readonly PrimitiveDataViewType _itemType;
    private readonly int _size;

    public ConcatenatedColumn(IExceptionContext ectx, DataViewSchema inputSchema, ColumnConcatenatingTransformer.ColumnOptions options)
    {
        _options = options;
        _sources = [.. options.Sources.Select(source => inputSchema.GetColumnOrNull(source.name)
            ?? throw ectx.ExceptSchemaMismatch(nameof(inputSchema), "input", source.name))];
        DataViewType itemType = _sources[0].Type.GetItemType();
        foreach (DataViewSchema.Column source in _sources)
            if (!source.Type.GetItemType().Equals(itemType))
                throw ectx.ExceptSchemaMismatch(nameof(inputSchema), "input", source.Name, itemType.ToString()!, source.Type.ToString()!);
        _itemType = itemType as PrimitiveDataViewType
            ?? throw ectx.ExceptSchemaMismatch(nameof(inputSchema), "input", _sources[0].Name, "a primitive type or a vector of one", itemType.ToString()!);
        // A vector of unknown length makes the length of the whole unknown, which is written as 0.
        _size = _sources.Any(source => source.Type.GetValueCount() == 0) ? 0 : _sources.Sum(source => source.Type.GetValueCount());
    }

    public IEnumerable<int> SourceIndices => _sources.Select(source => source.Index);

    private bool IsIdentity => _sources is [{ Type: VectorDataViewType }];

    public DataViewSchema.DetachedColumn ToSchemaColumn() => IsIdentity
        ? new DataViewSchema.DetachedColumn(_options.Name, _sources[0].Type, _sources[0].Annotations)
        : new DataViewSchema.DetachedColumn(_options.Name, new VectorDataViewType(_itemType, _size), MakeAnnotations());

    public Delegate MakeGetter(DataViewRow row) => IsIdentity
        ? Utils.MarshalInvoke<Delegate>(GetSourceGetter<int>, _sources[0].Type.RawType, row, _sources[0].Index)
        : Utils.MarshalInvoke<Delegate>(MakeGetterCore<int>, _itemType.RawType, row, _sources);

    private static Delegate GetSourceGetter<T>(DataViewRow row, int index) => row.GetGetter<T>(row.Schema[index]);

    private DataViewSchema.Annotations MakeAnnotations()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        if (_itemType is NumberDataViewType && _sources.All(source => source.IsNormalized()))
            annotations.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
        if (_size > 0 && _sources.Any(source => source.Type is not VectorDataViewType || HasSlotNames(source)))
            annotations.AddSlotNames(_size, GetSlotNames);
        if (_size > 0 && _sources.Sum(source => CategoryRanges(source).Length) is var count and > 0)
        {
            annotations.Add(AnnotationUtils.Kinds.CategoricalSlotRanges, new VectorDataViewType(NumberDataViewType.Int32, count / 2, 2),
                (ValueGetter<VBuffer<int>>)GetCategoryRanges);
        }
        return annotations.ToAnnotations();
    }

    private static bool HasSlotNames(DataViewSchema.Column source) => source.HasSlotNames(source.Type.GetVectorSize());

    /// <summary>A scalar is named by its alias or column; a slot by "source.slot", or by its own name where the alias repeats the column's name.</summary>
    private void GetSlotNames(ref VBuffer<ReadOnlyMemory<char>> destination)
    {
        VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref destination, _size);
        editor.Values.Clear();
        int offset = 0;
        for (int i = 0; i < _sources.Length; i++)
        {
            string? alias = _options.Sources[i].alias;
            string name = alias ?? _sources[i].Name;
            if (_sources[i].Type is not VectorDataViewType)
                editor.Values[offset] = name.AsMemory();
            else if (HasSlotNames(_sources[i]))
            {
                VBuffer<ReadOnlyMemory<char>> slots = default;
                _sources[i].Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref slots);
                foreach ((int slot, ReadOnlyMemory<char> slotName) in slots.Items())
                    if (!slotName.IsEmpty) editor.Values[offset + slot] = alias == _sources[i].Name ? slotName : $"{name}.{slotName}".AsMemory();
            }
            offset += _sources[i].Type.GetValueCount();
        }
        destination = editor.Commit();
    }

    private void GetCategoryRanges(ref VBuffer<int> destination)
    {
        var ranges = new List<int>();
        int offset = 0;
        foreach (DataViewSchema.Column source in _sources)
        {
            foreach (int bound in CategoryRanges(source)) ranges.Add(bound + offset);
            offset += source.Type.GetValueCount();
        }
        destination = new VBuffer<int>(ranges.Count, [.. ranges]);
    }

    /// <summary>The first and last slots of a column's categorical features, in pairs; none where the annotation is absent or not well-formed.</summary>
    private static int[] CategoryRanges(DataViewSchema.Column source)
    {
        if (source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.CategoricalSlotRanges)?.Type
            is not VectorDataViewType { ItemType: var itemType, Dimensions: [> 0, 2] } || !itemType.Equals(NumberDataViewType.Int32)) return [];
        VBuffer<int> ranges = default;
        source.Annotations.GetValue(AnnotationUtils.Kinds.CategoricalSlotRanges, ref ranges);
        return [.. ranges.DenseValues()];
    }

    private static ValueGetter<VBuffer<T>> MakeGetterCore<T>(DataViewRow row, DataViewSchema.Column[] sources)
    {
        // Every source is read into a vector of its own, a scalar into one of length 1; then they are joined.
        var parts = new VBuffer<T>[sources.Length];
        var readers = new Action[sources.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            DataViewSchema.Column column = row.Schema[sources[i].Index];
            readers[i] = column.Type is VectorDataViewType
                ? MakeVectorReader(row.GetGetter<VBuffer<T>>(column), parts, i, column) : MakeScalarReader(row.GetGetter<T>(column), parts, i);
        }
        return (ref VBuffer<T> destination) =>
        {
            foreach (Action read in readers) read();
            Join(parts, ref destination);
        };
    }

    private static Action MakeScalarReader<T>(ValueGetter<T> getter, VBuffer<T>[] parts, int part)
    {
        var value = new T[1];
        return () =>
        {
            getter(ref value[0]);
            parts[part] = new VBuffer<T>(1, value);
        };
    }

    private static Action MakeVectorReader<T>(ValueGetter<VBuffer<T>> getter, VBuffer<T>[] parts, int part, DataViewSchema.Column column) => () =>
    {
        getter(ref parts[part]);
        if (column.Type.GetVectorSize() is var size and > 0 && parts[part].Length != size)
            throw Contracts.Except($"Column '{column.Name}' has {parts[part].Length} values, its type has {size}.");
    };

    /// <summary>Joins vectors; sparse where at most half of the values are explicit, as the parts say it, without looking at the values.</summary>
    private static void Join<T>(VBuffer<T>[] parts, ref VBuffer<T> destination)
    {
        int length = 0, explicitCount = 0;
        foreach (VBuffer<T> part in parts)
        {
            length = checked(length + part.Length);
            explicitCount += part.GetValues().Length;
        }
        bool sparse = explicitCount <= length / 2;
        VBufferEditor<T> editor = sparse ? VBufferEditor.Create(ref destination, length, explicitCount) : VBufferEditor.Create(ref destination, length);
        int offset = 0, written = 0;
        foreach (VBuffer<T> part in parts)
        {
            ReadOnlySpan<T> values = part.GetValues();
            if (!sparse) part.CopyTo(editor.Values, offset);
            for (int i = 0; sparse && i < values.Length; i++)
            {
                editor.Values[written] = values[i];
                editor.Indices[written++] = offset + (part.IsDense ? i : part.GetIndices()[i]);
            }
            offset += part.Length;
        }
        destination = editor.Commit();
    }
}
