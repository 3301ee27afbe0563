using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Transforms;

/// <summary>Rows, and short ways to look at what a transform makes of them.</summary>
public abstract class TransformTestBase
{
    protected MLContext Ml { get; } = new(seed: 1);

    protected IDataView Load<T>(params T[] rows)
        where T : class => Ml.Data.LoadFromEnumerable(rows);

    protected IDataView Texts(params string?[] texts) => Load([.. texts.Select(text => new TextRow { L = text! })]);

    protected IDataView Numbers(params float[] numbers) => Load([.. numbers.Select(number => new NumberRow { X = number })]);

    /// <summary>The values of a column, joined by commas.</summary>
    protected static string Values<T>(IDataView view, string column)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[column]]);
        ValueGetter<T> getter = cursor.GetGetter<T>(view.Schema[column]);
        var values = new List<string>();
        T value = default!;
        while (cursor.MoveNext())
        {
            getter(ref value);
            values.Add(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!);
        }
        return string.Join(",", values);
    }

    /// <summary>The values of a vector column, the vectors separated by bars.</summary>
    protected static string Vectors<T>(IDataView view, string column)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[column]]);
        ValueGetter<VBuffer<T>> getter = cursor.GetGetter<VBuffer<T>>(view.Schema[column]);
        var vectors = new List<string>();
        VBuffer<T> vector = default;
        while (cursor.MoveNext())
        {
            getter(ref vector);
            vectors.Add(Join(vector));
        }
        return string.Join(" | ", vectors);
    }

    protected static string KeyValues<T>(DataViewSchema.Column column)
    {
        VBuffer<T> values = default;
        column.GetKeyValues(ref values);
        return Join(values);
    }

    protected static string SlotNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return Join(names);
    }

    /// <summary>Names and types of all columns that are not hidden.</summary>
    protected static string Describe(DataViewSchema schema) => string.Join("; ", schema.Where(c => !c.IsHidden).Select(c => $"{c.Name}:{c.Type}"));

    protected static string Annotations(DataViewSchema.Column column) => Describe(column.Annotations.Schema);

    /// <summary>The transformer as it comes back from a model file, and the schema that the file keeps.</summary>
    protected ITransformer SaveAndLoad(ITransformer model, DataViewSchema inputSchema)
    {
        using var stream = new MemoryStream();
        Ml.Model.Save(model, inputSchema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext(seed: 2).Model.Load(stream, out DataViewSchema schema);
        Assert.AreEqual(Describe(inputSchema), Describe(schema));
        return loaded;
    }

    private static string Join<T>(VBuffer<T> vector) =>
        string.Join(",", vector.DenseValues().Select(v => Convert.ToString(v, System.Globalization.CultureInfo.InvariantCulture)));

    public sealed class TextRow
    {
        public string L = "";
    }

    public sealed class NumberRow
    {
        public float X;
    }
}
