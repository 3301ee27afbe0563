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
        Option<bool> preprocessing = new("--with-preprocessing")
        {
            Description = "With ONNX: the file also resizes and crops, so that it reads pictures of any size.",
        };
        var command = new Command("export", "Save a model as ONNX, checked in ONNX Runtime, or its weights as safetensors.") { model, output, preprocessing };
        command.SetAction(result => ModelExport.Write(
            console, result.GetRequiredValue(model), result.GetRequiredValue(output), result.GetValue(preprocessing)));
        return command;
    }
}
