using System.CommandLine;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext models: the published weights.</summary>
internal static class ModelsCommand
{
    public static Command Create(ToolConsole console)
    {
        Option<bool> json = CommonOptions.CreateJson();
        var command = new Command("models", "List the published weights that --weights of train can name.") { json };
        command.SetAction(result => PublishedWeights.Write(console, result.GetValue(json)));
        return command;
    }
}
