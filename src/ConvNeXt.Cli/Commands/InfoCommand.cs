using System.CommandLine;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext info: what a file is.</summary>
internal static class InfoCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string> file = new("FILE") { Description = "A model file (.zip), or a file of weights (.safetensors, .pth)." };
        Option<bool> json = CommonOptions.CreateJson();
        var command = new Command("info", "Say what is in a model file or a file of weights.") { file, json };
        command.SetAction(result => FileInformation.Write(console, result.GetRequiredValue(file), result.GetValue(json)));
        return command;
    }
}
