using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace ConvNeXt.Cli.Terminal;

/// <summary>Finds what is wrong with a command line, and the nearest name of a misspelled option or command.</summary>
internal static class UsageErrors
{
    private const string EndOfOptions = "--";

    /// <summary>Returns the first error as a sentence, or null if the command line is valid.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <param name="arguments">The command line.</param>
    public static string? Find(ParseResult result, IReadOnlyList<string> arguments)
    {
        if (result.Action is HelpAction) return null;
        Command command = result.CommandResult.Command;
        if (FindOptionAmongArguments(result, arguments) is { } option) return Unknown("option", option, OptionNames(result));
        if (result.UnmatchedTokens is [var token, ..])
        {
            if (token.StartsWith('-')) return Unknown("option", token, OptionNames(result));
            bool hasCommands = command.Subcommands.Count > 0;
            return hasCommands ? Unknown("command", token, command.Subcommands.Select(inner => inner.Name)) : $"'{token}' is one argument too many.";
        }
        if (command is RootCommand && result.Action is ParseErrorAction or null) return "A command is missing.";
        return result.Errors is [var error, ..] ? error.Message : null;
    }

    /// <summary>The names of the command and of its parents, as typed.</summary>
    public static string CommandName(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        return command is RootCommand ? "convnext" : $"convnext {command.Name}";
    }

    // An unknown option is taken for an argument where one fits, such as a file name.
    private static string? FindOptionAmongArguments(ParseResult result, IReadOnlyList<string> arguments) => arguments.Contains(EndOfOptions)
        ? null
        : result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .FirstOrDefault(value => value.Length > 1 && value[0] == '-' && !Path.Exists(value));

    private static IEnumerable<string> OptionNames(ParseResult result) =>
        result.CommandResult.Command.Options.Concat(result.RootCommandResult.Command.Options.Where(option => option.Recursive))
            .Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name));

    private static string Unknown(string kind, string given, IEnumerable<string> names)
    {
        string name = given.Split('=', ':')[0];
        return $"There is no {kind} '{name}'." + (NearestName.Find(name, names) is { } nearest ? $" Did you mean '{nearest}'?" : "");
    }
}
