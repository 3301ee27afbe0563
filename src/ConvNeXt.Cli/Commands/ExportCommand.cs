using System.CommandLine;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext export: a model for other runtimes.</summary>
internal static class ExportCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string> model = CommonOptions.CreateModel();
        Option<string> output = new("--output", "-o")
        {
            Description = "The file to write: x.onnx (the network), or x.safetensors (its weights). It must not exist.",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("export", "Save a model as ONNX, or its weights as safetensors.") { model, output };
        command.SetAction(result => ModelExport.Write(console, result.GetRequiredValue(model), result.GetRequiredValue(output)));
        return command;
    }
}
