using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>A finished dictionary: from terms to keys, and into and out of a model file.</summary>
internal abstract class TermMap
{
    private const byte TextCode = 0;
    private const byte TypedCode = 1;

    protected TermMap(PrimitiveDataViewType itemType, int count)
    {
        ItemType = itemType;
        Count = count;
        // A key type of no values cannot be told from one of unknown size, so that an empty dictionary has one value, which never occurs.
        OutputType = new KeyDataViewType(typeof(uint), Math.Max(1, count));
    }

    public PrimitiveDataViewType ItemType { get; }

    public int Count { get; }

    public KeyDataViewType OutputType { get; }

    /// <summary>Binary form: a byte that tells text from typed terms; text: the number of terms and their string ids; typed: type, number, values.</summary>
    public static TermMap Load(ModelLoadContext ctx)
    {
        byte code = ctx.Reader.ReadByte();
        if (code is not TextCode and not TypedCode)
            throw new FormatException($"The model file is damaged: a dictionary begins with {code}, which is neither text (0) nor typed terms (1).");
        TermType? type = code == TypedCode ? TermType.ReadType(ctx.Reader) : null;
        int count = ctx.Reader.ReadInt32();
        if (count < 0) throw new FormatException($"The model file is damaged: a dictionary of {count} terms.");
        return type is null ? LoadText(ctx, count) : type.ReadMap(ctx.Reader, count);
    }

    /// <summary>Reads a dictionary of text without the leading byte: the number of terms and their string ids, as the oldest files have it.</summary>
    public static TermMap LoadText(ModelLoadContext ctx)
    {
        int count = ctx.Reader.ReadInt32();
        return count >= 0 ? LoadText(ctx, count) : throw new FormatException($"The model file is damaged: a dictionary of {count} terms.");
    }

    public void Save(ModelSaveContext ctx)
    {
        if (this is TermMap<ReadOnlyMemory<char>> text)
        {
            ctx.Writer.Write(TextCode);
            ctx.Writer.Write(Count);
            foreach (ReadOnlyMemory<char> term in text.Terms) ctx.SaveNonEmptyString(term);
        }
        else
        {
            ctx.Writer.Write(TypedCode);
            SaveTyped(ctx.Writer);
        }
    }

    /// <summary>Writes the terms for a human reader: a line with their number, then one line with key and term each.</summary>
    public abstract void WriteText(TextWriter writer);

    public abstract BoundTermMap Bind(DataViewSchema.Column column, bool valuesAsText);

    protected abstract void SaveTyped(BinaryWriter writer);

    private static TermMap<ReadOnlyMemory<char>> LoadText(ModelLoadContext ctx, int count)
    {
        var terms = new TermSet<ReadOnlyMemory<char>>(TermType.Text);
        for (int i = 0; i < count; i++)
        {
            string term = ctx.LoadNonEmptyString();
            if (!terms.TryAdd(term.AsMemory())) throw new FormatException($"The model file is damaged: the dictionary has the term '{term}' twice.");
        }
        return new TermMap<ReadOnlyMemory<char>>(TermType.Text, terms);
    }
}

/// <inheritdoc/>
internal sealed class TermMap<T>(TermType<T> type, TermSet<T> terms) : TermMap(type.ItemType, terms.Terms.Count)
{
    public IReadOnlyList<T> Terms => terms.Terms;

    public uint Find(T term) => terms.Find(term);

    public ReadOnlyMemory<char> ToTextMemory(T term) => type.ToText(term).AsMemory();

    public override BoundTermMap Bind(DataViewSchema.Column column, bool valuesAsText) => new BoundTermMap<T>(this, column, valuesAsText);

    /// <summary>All terms as a dense vector: the value of the KeyValues annotation.</summary>
    public void GetTerms(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Count);
        for (int i = 0; i < Count; i++) editor.Values[i] = Terms[i];
        destination = editor.Commit();
    }

    public override void WriteText(TextWriter writer)
    {
        writer.WriteLine(ItemType is TextDataViewType
            ? string.Create(CultureInfo.InvariantCulture, $"# Number of terms = {Count}")
            : string.Create(CultureInfo.InvariantCulture, $"# Number of terms of type '{ItemType}' = {Count}"));
        for (int i = 0; i < Count; i++)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i}\t{type.ToText(Terms[i])}"));
    }

    protected override void SaveTyped(BinaryWriter writer)
    {
        type.WriteType(writer);
        writer.Write(Count);
        type.WriteValues(writer, Terms);
    }
}
