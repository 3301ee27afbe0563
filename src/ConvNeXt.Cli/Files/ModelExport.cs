using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;

namespace ConvNeXt.Cli.Files;

/// <summary>Writes a model in the format that the extension of the file names.</summary>
internal static class ModelExport
{
    /// <summary>Writes the file.</summary>
    /// <exception cref="UsageException">The extension is not known, or the file exists.</exception>
    public static int Write(ToolConsole console, string model, string output)
    {
        string extension = Path.GetExtension(output).ToLowerInvariant();
        if (extension is not (".onnx" or ".safetensors"))
            throw new UsageException($"'{output}' must end with .onnx or .safetensors, which says what to write.");
        ModelFiles.CheckNew(output);
        ConvNeXtClassificationTransformer classifier = ModelFiles.Load(model);
        if (extension == ".onnx") classifier.SaveAsOnnx(output);
        else SafetensorsWriter.Write(output, classifier.Weights);
        console.Output.WriteLine(output);
        return ExitCode.Ok;
    }
}
