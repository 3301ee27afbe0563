using System.Globalization;
using System.Numerics;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Schema;

/// <summary>
/// The label values of the classes in key order: the KeyValues annotation of the training data's label column. The values keep their type (text, number,
/// Boolean), so that MapKeyToValue returns the original values.
/// </summary>
internal abstract class LabelValues
{
    /// <summary>Type of a value.</summary>
    public abstract PrimitiveDataViewType ItemType { get; }

    /// <summary>The values as text (invariant culture), for display and for the model file.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Number of classes.</summary>
    public int Count => Names.Count;

    /// <summary>Adds the values as an annotation: a vector of their own type.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder annotations, string kind);

    /// <summary>Adds the names as an annotation: a vector of text.</summary>
    public void AddNamesTo(DataViewSchema.Annotations.Builder annotations, string kind) =>
        Add(annotations, kind, TextDataViewType.Instance, [.. Names.Select(name => name.AsMemory())]);

    /// <summary>Returns a dictionary from the text of a value to its class.</summary>
    public Dictionary<string, int> CreateIndex()
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Names.Count; i++) index.TryAdd(Names[i], i);
        return index;
    }

    /// <summary>Reads the KeyValues of a key column.</summary>
    /// <returns>The values, or null if the column has none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The type of the values is not supported for labels.</exception>
    public static LabelValues? Read(DataViewSchema.Column column)
    {
        DataViewSchema.Column? annotation = column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues);
        if (annotation?.Type is not VectorDataViewType { Size: > 0 } vector) return null;
        IReader reader = FindReader(vector.ItemType.RawType)
            ?? throw ColumnErrors.WrongType("label", column.Name, $"key with values of type {vector.ItemType}", "labels can be text, numbers or Boolean");
        return reader.Read(column);
    }

    /// <summary>Creates a reader for the text of the current row's value, in the form of <see cref="Names"/>; null for empty text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column type is not supported for labels.</exception>
    public static Func<string?> CreateTextReader(DataViewRow row, DataViewSchema.Column column) =>
        FindReader(column.Type.RawType)?.CreateTextReader(row, column)
        ?? throw ColumnErrors.WrongType("label", column.Name, column.Type, "labels can be keys, text, numbers or Boolean");

    /// <summary>Creates label values of type text.</summary>
    public static LabelValues OfTexts(IReadOnlyList<string> texts) =>
        new Typed<ReadOnlyMemory<char>>(TextDataViewType.Instance, [.. texts.Select(text => text.AsMemory())], [.. texts]);

    /// <summary>Creates label values from their <see cref="TypeName"/> and <see cref="Names"/>.</summary>
    /// <param name="typeName">The <see cref="TypeName"/>.</param>
    /// <param name="names">The <see cref="Names"/>.</param>
    /// <exception cref="FormatException">The type is unknown, or a name is not a value of the type.</exception>
    public static LabelValues Parse(string typeName, IReadOnlyList<string> names) =>
        (Readers.FirstOrDefault(reader => reader.TypeName == typeName) ?? throw new FormatException($"Unknown label type '{typeName}'.")).Parse(names);

    /// <summary>Name of the values' type, for <see cref="Parse"/>.</summary>
    public string TypeName => ItemType.ToString()!;

    private static IReader[] Readers { get; } =
    [
        new Reader<ReadOnlyMemory<char>>(TextDataViewType.Instance, value => value.ToString(), text => text.AsMemory()),
        new Reader<bool>(BooleanDataViewType.Instance, value => value ? "True" : "False", bool.Parse),
        Number<byte>(NumberDataViewType.Byte), Number<sbyte>(NumberDataViewType.SByte),
        Number<short>(NumberDataViewType.Int16), Number<ushort>(NumberDataViewType.UInt16),
        Number<int>(NumberDataViewType.Int32), Number<uint>(NumberDataViewType.UInt32),
        Number<long>(NumberDataViewType.Int64), Number<ulong>(NumberDataViewType.UInt64),
        Number<float>(NumberDataViewType.Single), Number<double>(NumberDataViewType.Double),
    ];

    private static void Add<T>(DataViewSchema.Annotations.Builder annotations, string kind, PrimitiveDataViewType type, T[] values) =>
        annotations.Add(kind, new VectorDataViewType(type, values.Length), (ref VBuffer<T> destination) =>
        {
            VBufferEditor<T> editor = VBufferEditor.Create(ref destination, values.Length);
            values.CopyTo(editor.Values);
            destination = editor.Commit();
        });

    private static IReader? FindReader(Type type) => Readers.FirstOrDefault(reader => reader.RawType == type);

    private static Reader<T> Number<T>(NumberDataViewType type)
        where T : INumber<T> =>
        new(
            type,
            value => value.ToString(null, CultureInfo.InvariantCulture),
            text => T.Parse(text, NumberStyles.Float | NumberStyles.Integer, CultureInfo.InvariantCulture));

    private interface IReader
    {
        Type RawType { get; }

        string TypeName { get; }

        LabelValues Read(DataViewSchema.Column column);

        LabelValues Parse(IReadOnlyList<string> names);

        Func<string?> CreateTextReader(DataViewRow row, DataViewSchema.Column column);
    }

    private sealed class Reader<T>(PrimitiveDataViewType type, Func<T, string> format, Func<string, T> parse) : IReader
    {
        public Type RawType => typeof(T);

        public string TypeName => type.ToString()!;

        public LabelValues Read(DataViewSchema.Column column)
        {
            VBuffer<T> values = default;
            column.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref values);
            T[] dense = [.. values.DenseValues()];
            return new Typed<T>(type, dense, [.. dense.Select(format)]);
        }

        public Func<string?> CreateTextReader(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                getter(ref value);
                string text = format(value);
                return text.Length == 0 ? null : text;
            };
        }

        public LabelValues Parse(IReadOnlyList<string> names)
        {
            try
            {
                return new Typed<T>(type, [.. names.Select(parse)], [.. names]);
            }
            catch (OverflowException e)
            {
                throw new FormatException(e.Message, e);
            }
        }
    }

    private sealed class Typed<T>(PrimitiveDataViewType type, T[] values, string[] names) : LabelValues
    {
        public override PrimitiveDataViewType ItemType => type;

        public override IReadOnlyList<string> Names => names;

        public override void AddTo(DataViewSchema.Annotations.Builder annotations, string kind) => Add(annotations, kind, type, values);
    }
}
