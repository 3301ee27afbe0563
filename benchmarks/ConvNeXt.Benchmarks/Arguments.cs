using ConvNeXt.Backbone.Architecture;
using ConvNeXt.MLNet;

namespace ConvNeXt.Benchmarks;

/// <summary>Options of the command line, each a name and one or more values: <c>--batch 16 1</c> is the same as <c>--batch 16,1</c>.</summary>
internal sealed class Arguments
{
    /// <summary>The option that all commands have.</summary>
    public const string Clock = "clock";

    private readonly Dictionary<string, string> _values = [];

    /// <exception cref="ArgumentException">A word is not part of an option, or an option has no value.</exception>
    public Arguments(IEnumerable<string> words)
    {
        string? name = null;
        foreach (string word in words)
        {
            if (word.StartsWith("--", StringComparison.Ordinal)) _values[name = word[2..]] = "";
            else if (name is null) throw new ArgumentException($"'{word}' is not an option. Options have a name and a value, such as --batch 16.");
            else _values[name] += _values[name].Length == 0 ? word : $",{word}";
        }
        if (_values.FirstOrDefault(pair => pair.Value.Length == 0).Key is { } empty) throw new ArgumentException($"--{empty} has no value.");
    }

    /// <summary>The names that were given, without dashes.</summary>
    public IEnumerable<string> Names => _values.Keys;

    /// <summary>Whether to measure processor time instead of elapsed time.</summary>
    public bool UsesProcessorTime => _values.GetValueOrDefault(Clock) == "cpu";

    /// <summary>Threads that compute; null for the default.</summary>
    public int? Threads => _values.TryGetValue("threads", out string? value) ? int.Parse(value) : null;

    public ConvNeXtVariant Variant(string defaultValue) => Variants(defaultValue)[0];

    public ConvNeXtVariant[] Variants(string defaultValue) =>
        [.. Texts("variant", defaultValue).Select(name => Enum.Parse<ConvNeXtVariant>(name, ignoreCase: true))];

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public string[] Texts(string name, string defaultValue) => _values.GetValueOrDefault(name, defaultValue).Split(',');

    public int Integer(string name, int defaultValue) => Integers(name, defaultValue.ToString())[0];

    public int[] Integers(string name, string defaultValue) =>
        [.. Texts(name, defaultValue).Select(word => int.Parse(word))];

    /// <summary>The folds to measure on: those of <c>--only-folds</c>, or all.</summary>
    /// <exception cref="ArgumentException">There are fewer folds.</exception>
    public int[] Folds(int count)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        if (Text("only-folds") is null) return all;
        int[] wanted = Integers("only-folds", "");
        return wanted.All(all.Contains) ? wanted : throw new ArgumentException($"--only-folds is '{Text("only-folds")}'; folds are from 0 to {count - 1}.");
    }
}
