using System.Globalization;
using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Benchmarks;

/// <summary>Options of the command line: a name and a value, or several values, which are as good as one with commas.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    public Arguments(IEnumerable<string> words)
    {
        string? name = null;
        foreach (string word in words)
        {
            if (word.StartsWith("--", StringComparison.Ordinal)) _values[name = word[2..]] = "";
            else if (name is null) throw new ArgumentException($"Options are pairs such as --batch 16; '{word}' is not.");
            else _values[name] += _values[name].Length == 0 ? word : $",{word}";
        }
        if (_values.FirstOrDefault(pair => pair.Value.Length == 0).Key is { } empty) throw new ArgumentException($"Options are pairs such as --batch 16; --{empty} has no value.");
    }

    public ConvNeXtVariant Variant(string otherwise) => Enum.Parse<ConvNeXtVariant>(_values.GetValueOrDefault("variant", otherwise), ignoreCase: true);

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int[] Integers(string name, string otherwise) =>
        [.. _values.GetValueOrDefault(name, otherwise).Split(',').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];

    public int Integer(string name, int otherwise) => Integers(name, otherwise.ToString(CultureInfo.InvariantCulture))[0];

    public bool UsesProcessorTime => _values.GetValueOrDefault("clock") == "cpu";

    public int? Threads => _values.TryGetValue("threads", out string? value) ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
