using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using static System.FormattableString;

namespace ConvNeXt.Cli.Output;

/// <summary>Says what a model file or a file of weights is.</summary>
internal static class FileInformation
{
    private const string ModelExtension = ".zip";

    /// <summary>Writes what the file is.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static int Write(ToolConsole console, string file, bool json)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file '{file}'.", file);
        if (Path.GetExtension(file).Equals(ModelExtension, StringComparison.OrdinalIgnoreCase)) WriteModel(console.Output, file, ModelFiles.Load(file), json);
        else WriteWeights(console.Output, ConvNeXtModelInfo.Read(file), json);
        return ExitCode.Ok;
    }

    private static void WriteModel(TextWriter output, string file, ConvNeXtClassificationTransformer model, bool json)
    {
        ImagePreprocessing images = model.Preprocessing;
        long parameters = NetworkCost.Parameters(model.Config);
        if (json)
        {
            JsonText.Write(output, writer =>
            {
                WriteStart(writer, file, "model", model.Config, parameters);
                writer.WriteNumber("imageSize", images.Size);
                writer.WriteNumber("temperature", model.Temperature);
                writer.WriteString("weightsLicense", model.WeightsLicense);
                writer.WriteStartArray("labels");
                foreach (string label in model.LabelNames) writer.WriteStringValue(label);
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
            return;
        }
        output.WriteLine(Invariant($"Model        {file} ({new FileInfo(file).Length / 1e6:0.0} MB)"));
        output.WriteLine($"Network      {model.Config.Name}");
        output.WriteLine(Invariant($"Parameters   {parameters:N0}"));
        output.WriteLine(Invariant($"Images       {images.Size} x {images.Size} pixels, {(images.ResizeMode == ResizeMode.Squash ? "squashed" : "cropped")}"));
        output.WriteLine(Invariant($"Temperature  {model.Temperature:0.000}"));
        output.WriteLine($"License      {model.WeightsLicense ?? "not known"} (of the weights that training started from)");
        output.WriteLine(Invariant($"Classes      {model.Config.ClassCount}: {string.Join(", ", model.LabelNames)}"));
    }

    private static void WriteWeights(TextWriter output, ConvNeXtModelInfo info, bool json)
    {
        if (!json)
        {
            output.WriteLine(info);
            return;
        }
        JsonText.Write(output, writer =>
        {
            WriteStart(writer, info.Path, "weights", info.Config, info.Parameters);
            writer.WriteString("format", info.Format.ToString());
            writer.WriteString("license", info.License?.Id);
            writer.WriteBoolean("nonCommercial", info.License?.NonCommercial ?? false);
            writer.WriteStartArray("problems");
            foreach (string problem in info.Problems) writer.WriteStringValue(problem);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static void WriteStart(Utf8JsonWriter json, string file, string kind, ConvNeXtConfig config, long parameters)
    {
        json.WriteStartObject();
        json.WriteString("file", file);
        json.WriteString("kind", kind);
        json.WriteString("network", config.Name);
        json.WriteNumber("parameters", parameters);
        json.WriteNumber("classes", config.ClassCount);
    }
}
