using System.CommandLine;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext check: what is wrong with a folder of labeled images.</summary>
internal static class CheckCommand
{
    public static Command Create(ToolConsole console, CancellationToken cancellation)
    {
        Argument<string> folder = CommonOptions.CreateFolder();
        Option<bool> json = CommonOptions.CreateJson();
        var command = new Command(
            "check", "Look for unreadable images, the same picture twice or in train and test, odd pictures and probable label errors.") { folder, json };
        command.SetAction(result => DataFindings.Write(console, result.GetRequiredValue(folder), result.GetValue(json), cancellation));
        return command;
    }
}
