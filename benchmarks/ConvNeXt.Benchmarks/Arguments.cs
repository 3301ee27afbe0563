using System.Globalization;
using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Benchmarks;

/// <summary>Options of the command line: pairs of a name and a value.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    public Arguments(IEnumerable<string> words)
    {
        foreach (string[] pair in words.Chunk(2))
        {
            if (pair.Length < 2 || !pair[0].StartsWith("--", StringComparison.Ordinal)) throw new ArgumentException($"Options are pairs such as --batch 16; '{pair[0]}' is not.");
            _values[pair[0][2..]] = pair[1];
        }
    }

    public ConvNeXtVariant Variant(string otherwise) => Enum.Parse<ConvNeXtVariant>(_values.GetValueOrDefault("variant", otherwise), ignoreCase: true);

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int[] Integers(string name, string otherwise) =>
        [.. _values.GetValueOrDefault(name, otherwise).Split(',').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];

    public int Integer(string name, int otherwise) => Integers(name, otherwise.ToString(CultureInfo.InvariantCulture))[0];

    public bool UsesProcessorTime => _values.GetValueOrDefault("clock") == "cpu";

    public int? Threads => _values.TryGetValue("threads", out string? value) ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
