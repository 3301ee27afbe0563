using System.Text.RegularExpressions;

namespace ConvNeXt.Benchmarks;

/// <summary>One command of the program.</summary>
/// <param name="Name">First word of the command line.</param>
/// <param name="Usage">The arguments after it, as the help text shows them; the only options that are accepted.</param>
/// <param name="Description">What it measures.</param>
/// <param name="Action">Runs it with the words after the name and returns the exit code.</param>
internal sealed partial record BenchmarkCommand(string Name, string Usage, string Description, Func<string[], int> Action)
{
    /// <summary>A command that takes options only.</summary>
    public BenchmarkCommand(string name, string usage, string description, Func<Arguments, int> action)
        : this(name, usage, description, words => action(Parse(words, usage)))
    {
    }

    // A mistyped option would otherwise measure something else than what was asked for.
    private static Arguments Parse(string[] words, string usage)
    {
        var arguments = new Arguments(words);
        string[] known = [.. OptionName().Matches(usage).Select(match => match.Groups[1].Value), Arguments.Clock];
        if (arguments.Names.Except(known).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"--{unknown} is not an option of this command. Its options: {usage} [--{Arguments.Clock} cpu]");
        Repetition.UsesProcessorTime = arguments.UsesProcessorTime;
        return arguments;
    }

    [GeneratedRegex("--([a-z-]+)")]
    private static partial Regex OptionName();
}
