using ConvNeXt.Backbone;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Schema;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Training;

/// <summary>The label column of training data: a key, or text. The values of the key, or the different texts, are the classes.</summary>
internal sealed class LabelColumn
{
    private const string Role = "label", ValidationRole = "validation set's label";
    private const string Wanted = "it must be text or a key; for other types, add Conversion.MapValueToKey before the trainer";

    private LabelColumn(DataViewSchema.Column column, int classCount, LabelValues? values) => (Column, ClassCount, Values) = (column, classCount, values);

    /// <summary>Whether the column is text, so that the model maps labels to keys itself.</summary>
    public bool IsText => Column.Type is TextDataViewType;

    public DataViewSchema.Column Column { get; }

    /// <summary>Number of classes: the key count, or the number of different texts.</summary>
    public int ClassCount { get; }

    /// <summary>The key values; null if the key has none.</summary>
    public LabelValues? Values { get; }

    /// <summary>Returns the name of a class for messages: its label in quotes, or its key if the key has no values.</summary>
    public string NameOf(int label) => Values is null ? $"key {label + 1}" : $"'{Values.Names[label]}'";

    /// <summary>Finds the column in training data. The classes of a text column are read, in the order of their first rows.</summary>
    /// <param name="data">The training data.</param>
    /// <param name="name">Name of the column.</param>
    /// <param name="checkAlive">Called for each row of a text column; throws to cancel.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or is neither text nor a key with a known count of at least 2.</exception>
    /// <exception cref="InvalidOperationException">The texts are not at least two.</exception>
    public static LabelColumn Find(IDataView data, string name, Action checkAlive)
    {
        DataViewSchema.Column column = FindAny(data.Schema, name, "training data");
        if (column.Type is TextDataViewType) return ReadTexts(data, column, checkAlive);
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
        bool isLabel = column.IsKey || column.ItemType is TextDataViewType;
        if (!isLabel || column.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw ColumnErrors.WrongType(Role, name, column.ItemType, Wanted);
        return column;
    }

    /// <summary>Creates a reader for the zero-based class of the current row; -1 for a missing label.</summary>
    /// <remarks>A text that was not there when the classes were read throws an <see cref="InvalidOperationException"/>.</remarks>
    public Func<int> CreateReader(DataViewRow row)
    {
        if (!IsText) return CreateKeyReader(row, Column);
        Dictionary<string, int> index = Values!.CreateIndex();
        Func<string?> read = LabelValues.CreateTextReader(row, Column);
        return () => read() is not { } text ? -1 : index.TryGetValue(text, out int label) ? label : throw new InvalidOperationException(
            $"The label '{text}' (column '{Column.Name}', row {row.Position}) was not there when the classes were read; the data must be the same in each pass.");
    }

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

    private static LabelColumn ReadTexts(IDataView data, DataViewSchema.Column column, Action checkAlive)
    {
        var texts = new OrderedDictionary<string, int>(StringComparer.Ordinal);
        using (DataViewRowCursor cursor = data.GetRowCursor([column]))
        {
            Func<string?> read = LabelValues.CreateTextReader(cursor, column);
            while (cursor.MoveNext())
            {
                checkAlive();
                if (read() is { } text) texts.TryAdd(text, texts.Count);
            }
        }
        if (texts.Count == 0) throw new InvalidOperationException($"The training data has no rows with a label in column '{column.Name}'.");
        if (texts.Count == 1)
        {
            throw new InvalidOperationException(
                $"All rows of the training data have the label '{texts.GetAt(0).Key}' in column '{column.Name}'; at least two classes are needed.");
        }
        return new LabelColumn(column, texts.Count, LabelValues.OfTexts([.. texts.Keys]));
    }

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
