using ConvNeXt.Backbone;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Schema;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Training;

/// <summary>The label column of training data: a key whose values are the classes.</summary>
internal sealed class LabelColumn
{
    private const string Role = "label", ValidationRole = "validation set's label";
    private const string Wanted = "it must be a key; add Conversion.MapValueToKey before the trainer";

    private LabelColumn(DataViewSchema.Column column, int classCount, LabelValues? values) => (Column, ClassCount, Values) = (column, classCount, values);

    public DataViewSchema.Column Column { get; }

    /// <summary>Number of classes: the key count.</summary>
    public int ClassCount { get; }

    /// <summary>The key values; null if the key has none.</summary>
    public LabelValues? Values { get; }

    /// <summary>Returns the name of a class for messages: its label in quotes, or its key if the key has no values.</summary>
    public string NameOf(int label) => Values is null ? $"key {label + 1}" : $"'{Values.Names[label]}'";

    /// <summary>Finds the column in training data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is not a key with a known count of at least 2.</exception>
    public static LabelColumn Find(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = FindAny(schema, name, "training data");
        if (column.Type is not KeyDataViewType key)
            throw ColumnErrors.WrongType(Role, name, column.Type, Wanted);
        if (key.Count is 0 or > int.MaxValue)
            throw ColumnErrors.WrongType(Role, name, column.Type, "it must be a key with a known count, which is the number of classes");
        if (key.Count == 1)
            throw ColumnErrors.WrongType(Role, name, column.Type, "it has one class only, but a classifier needs at least two");
        return new LabelColumn(column, (int)key.Count, LabelValues.Read(column));
    }

    /// <summary>Checks the column in a schema shape, before data is available.</summary>
    public static SchemaShape.Column Check(SchemaShape schema, string name)
    {
        SchemaShape.Column column = schema.FirstOrDefault(c => c.Name == name);
        if (column.Name is null) throw ColumnErrors.Missing(Role, name, "training data", schema.Select(c => c.Name));
        if (!column.IsKey || column.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw ColumnErrors.WrongType(Role, name, column.ItemType, Wanted);
        return column;
    }

    /// <summary>Creates a reader for the zero-based class of the current row; -1 for a missing label.</summary>
    public Func<int> CreateReader(DataViewRow row) => CreateKeyReader(row, Column);

    /// <summary>
    /// Creates a reader for the zero-based class of the current row of another data set; -1 for a missing label. Keys are matched by value, because the other
    /// data set may have different keys; a column that is not a key is matched by its own values.
    /// </summary>
    /// <param name="row">A row of the other data set, with its label column active.</param>
    /// <param name="other">The label column of the other data set.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column type cannot be matched.</exception>
    /// <remarks>The reader throws an <see cref="InvalidOperationException"/> for a label that is not in the training data.</remarks>
    public Func<int> CreateReaderOf(DataViewRow row, DataViewSchema.Column other)
    {
        if (Values is null)
        {
            if (other.Type is KeyDataViewType key && key.Count == (ulong)ClassCount) return CreateKeyReader(row, other);
            throw ColumnErrors.WrongType(ValidationRole, other.Name, other.Type, $"the training labels have no key values, so it must be {Column.Type}");
        }
        Dictionary<string, int> index = Values.CreateIndex();
        if (other.Type is not KeyDataViewType)
        {
            Func<string?> readText = LabelValues.CreateTextReader(row, other);
            return () => readText() is { } text ? Match(index, text, other, row) : -1;
        }
        LabelValues values = LabelValues.Read(other)
            ?? throw ColumnErrors.WrongType(ValidationRole, other.Name, other.Type, "the key must have values, because labels are matched by value");
        Func<int> read = CreateKeyReader(row, other);
        return () => read() is >= 0 and int label ? Match(index, values.Names[label], other, row) : -1;
    }

    /// <summary>Finds the column without checking its type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing.</exception>
    public static DataViewSchema.Column FindAny(DataViewSchema schema, string name, string data) => schema.GetColumnOrNull(name)
        ?? throw ColumnErrors.Missing(Role, name, data, schema.Select(c => c.Name));

    private int Match(Dictionary<string, int> index, string text, DataViewSchema.Column column, DataViewRow row) => index.TryGetValue(text, out int label)
        ? label
        : throw new InvalidOperationException(
            $"The validation label '{text}' (column '{column.Name}', row {row.Position}) is not one of the training labels: {ColumnErrors.List(Values!.Names)}.");

    private static Func<int> CreateKeyReader(DataViewRow row, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType;
        if (raw == typeof(uint)) return Read<uint>(row, column, key => key);
        if (raw == typeof(byte)) return Read<byte>(row, column, key => key);
        if (raw == typeof(ushort)) return Read<ushort>(row, column, key => key);
        return Read<ulong>(row, column, key => key);
    }

    private static Func<int> Read<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> widen)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return (int)widen(value) - 1;
        };
    }
}
