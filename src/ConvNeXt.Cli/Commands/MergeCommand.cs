using System.CommandLine;
using ConvNeXt.Cli.Sharding;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext merge: the parts of several machines as one file.</summary>
internal static class MergeCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string[]> parts = new("PARTS")
        {
            Description = "The files that predict --shard has written, one for each shard, in any order.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> output = new("--output", "-o")
        {
            Description = "The file to write: x.csv or x.json, as the parts. It must not exist.",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("merge", "Put the predictions of several shards together, as if they were one run.") { parts, output };
        command.SetAction(result => MergedParts.Write(console, result.GetRequiredValue(parts), result.GetRequiredValue(output)));
        return command;
    }
}
