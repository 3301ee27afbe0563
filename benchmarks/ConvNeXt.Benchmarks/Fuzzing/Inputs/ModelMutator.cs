using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>
/// Damages ML.NET model files: bytes of the zip file, bytes of its entries (with checksums that are right), whole entries, and values in the description of the
/// network, where all offsets of the file stay right.
/// </summary>
internal sealed partial class ModelMutator(Random random)
{
    private const string WeightsName = "weights.planes", KeyName = "Model.key";

    private static readonly string[] Values =
    [
        "0", "-1", "1", "2", "33", "4096", "65536", "2147483647", "-2147483648", "9999999999", "1e-300", "1e300", "-0.5", "NaN", "null", "true", "\"\"",
        "\"x\"", "\"\\u0000\"", "\"../..\"", "[]", "[0]", "[1,1,1,1]", "[16384,16384,16384,16384]", "[null]", "{}", "\"Squash\"",
        "\"Stage1\"", "\"Pooled\"", "\"Int32\"",
    ];

    /// <summary>Returns a damaged copy.</summary>
    /// <param name="original">The entries of the model file.</param>
    /// <param name="other">The entries of another model file.</param>
    public byte[] Mutate((string Name, byte[] Content)[] original, (string Name, byte[] Content)[] other)
    {
        CompressionLevel level = random.Next(2) == 0 ? CompressionLevel.NoCompression : CompressionLevel.Fastest;
        if (random.Next(4) == 0) return new FileMutator(random).Mutate(ZipEntries.Write(original, level), ZipEntries.Write(other, level));
        List<(string Name, byte[] Content)> entries = [.. original];
        for (int changes = random.Next(1, 3); changes > 0; changes--) Change(entries, other);
        return ZipEntries.Write(entries, level);
    }

    private void Change(List<(string Name, byte[] Content)> entries, (string Name, byte[] Content)[] other)
    {
        if (entries.Count == 0) return;
        int at = random.Next(entries.Count);
        (string name, byte[] content) = entries[at];
        switch (random.Next(10))
        {
            case 0:
                entries.RemoveAt(at);
                break;
            case 1:
                entries[at] = (name, entries[random.Next(entries.Count)].Content);
                break;
            case 2:
                entries[at] = (random.Next(3) switch { 0 => "x", 1 => name + "/../x", _ => name.ToUpperInvariant() }, content);
                break;
            case 3 or 4 or 5:
                ChangeDescription(entries);
                break;
            default:
                byte[] from = other.FirstOrDefault(entry => entry.Name == name).Content ?? [];
                entries[at] = (name, new FileMutator(random).Mutate(content, from));
                if (name.EndsWith(WeightsName, StringComparison.Ordinal) && random.Next(2) == 0) RepairHash(entries, entries[at].Content);
                break;
        }
    }

    private void ChangeDescription(List<(string Name, byte[] Content)> entries)
    {
        int at = entries.FindIndex(entry => entry.Name.EndsWith(KeyName, StringComparison.Ordinal) && ModelBlock.FindText(entry.Content) is not null);
        if (at < 0) return;
        string text = ModelBlock.FindText(entries[at].Content)!;
        MatchCollection values = JsonValue().Matches(text);
        if (values.Count == 0) return;
        Match value = values[random.Next(values.Count)];
        string changed = random.Next(8) switch
        {
            0 => text.Remove(value.Index, value.Length),
            1 => text.Insert(value.Index, string.Concat(Enumerable.Repeat("[", random.Next(1, 200)))),
            2 => text.Replace(value.Value, new string('9', random.Next(1, 400)), StringComparison.Ordinal),
            _ => text.Remove(value.Index, value.Length).Insert(value.Index, Values[random.Next(Values.Length)]),
        };
        entries[at] = (entries[at].Name, ModelBlock.ReplaceText(entries[at].Content, changed));
    }

    // Otherwise a reader of the weights would never see the damage.
    private static void RepairHash(List<(string Name, byte[] Content)> entries, byte[] weights)
    {
        int at = entries.FindIndex(entry => entry.Name.EndsWith(KeyName, StringComparison.Ordinal) && ModelBlock.FindText(entry.Content) is not null);
        if (at < 0) return;
        string changed = Hash().Replace(ModelBlock.FindText(entries[at].Content)!, Convert.ToHexString(SHA256.HashData(weights)));
        entries[at] = (entries[at].Name, ModelBlock.ReplaceText(entries[at].Content, changed));
    }

    [GeneratedRegex("(?<=:)(?:-?[0-9][0-9.eE+-]*|\"[^\"]*\"|null|true|false|\\[[^\\]{]*\\])")]
    private static partial Regex JsonValue();

    [GeneratedRegex("(?<=\"WeightsSha256\":\")[0-9A-F]{64}")]
    private static partial Regex Hash();
}
