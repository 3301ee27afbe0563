using System.CommandLine;
using ConvNeXt.Backbone.Weights.Onnx;
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
        Option<bool> int8 = new("--int8")
        {
            Description = "With ONNX: products of 8-bit numbers, for a smaller file; probabilities change a little.",
        };
        var command = new Command("export", "Save a model as ONNX, checked in ONNX Runtime, or its weights as safetensors.") { model, output, preprocessing, int8 };
        command.SetAction(result =>
        {
            var options = new OnnxExportOptions { IncludePreprocessing = result.GetValue(preprocessing), Int8 = result.GetValue(int8) };
            return ModelExport.Write(console, result.GetRequiredValue(model), result.GetRequiredValue(output), options);
        });
        return command;
    }
}
