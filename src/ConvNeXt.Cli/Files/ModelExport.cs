using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using static System.FormattableString;

namespace ConvNeXt.Cli.Files;

/// <summary>Writes a model in the format that the extension of the file names.</summary>
internal static class ModelExport
{
    private const string Onnx = ".onnx";

    /// <summary>Writes the file. An ONNX file gets its name only when ONNX Runtime has given the model's probabilities.</summary>
    /// <param name="console">For the path of the file.</param>
    /// <param name="model">The model file.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="options">What an ONNX file looks like.</param>
    /// <exception cref="UsageException">The extension is not known, or the file exists.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime gives other probabilities than the model.</exception>
    public static int Write(ToolConsole console, string model, string output, OnnxExportOptions options)
    {
        string extension = Path.GetExtension(output).ToLowerInvariant();
        if (extension is not (Onnx or ".safetensors"))
            throw new UsageException($"'{output}' must end with .onnx or .safetensors, which says what to write.");
        if (extension != Onnx && (options.IncludePreprocessing || options.Int8))
            throw new UsageException($"{(options.Int8 ? "--int8" : "--with-preprocessing")} is for ONNX files, which end with .onnx.");
        ModelFiles.CheckNew(output);
        ConvNeXtClassificationTransformer classifier = ModelFiles.Load(model);
        if (extension == Onnx) WriteOnnx(console, classifier, output, options);
        else SafetensorsWriter.Write(output, classifier.Weights);
        console.Output.WriteLine(output);
        return ExitCode.Ok;
    }

    private static void WriteOnnx(ToolConsole console, ConvNeXtClassificationTransformer classifier, string output, OnnxExportOptions options)
    {
        string temporary = output + ".part";
        try
        {
            classifier.SaveAsOnnx(temporary, options);
            double difference = OnnxCheck.Run(classifier, temporary, options);
            console.Tell(Invariant($"Checked in ONNX Runtime: probabilities differ from the model's by at most {difference:0.000000}."));
            File.Move(temporary, output);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
