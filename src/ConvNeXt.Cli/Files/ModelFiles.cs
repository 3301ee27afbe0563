using ConvNeXt.Backbone.Engines;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Cli.Files;

/// <summary>Reads and writes model files.</summary>
internal static class ModelFiles
{
    /// <summary>Loads the classifier of a model file, to compute on the processor.</summary>
    /// <inheritdoc cref="Load(ModelChoice)"/>
    public static ConvNeXtClassificationTransformer Load(string path) => Load(new ModelChoice(path));

    /// <summary>Loads the classifier of a model file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a model with a ConvNeXt classifier.</exception>
    /// <exception cref="InvalidOperationException">The GPU cannot be used.</exception>
    public static ConvNeXtClassificationTransformer Load(ModelChoice choice)
    {
        string path = choice.Path;
        CheckExists(path);
        var context = new MLContext();
        if (choice.Gpu)
        {
            LibTorch.RequireGpu();
            (context.GpuDeviceId, context.FallbackToCpu) = (0, false);
        }
        try
        {
            ConvNeXtClassificationTransformer classifier = context.Model.Load(path, out _).GetConvNeXtClassifier();
            return choice.Int8 ? classifier.WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8) : classifier;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException or InvalidDataException)
        {
            throw new InvalidDataException($"'{path}' is not a model file with a ConvNeXt classifier: {e.Message}", e);
        }
    }

    /// <summary>Checks that a model file exists.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static void CheckExists(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model file '{path}'.", path);
    }

    /// <summary>Saves a model under a temporary name first, so that the file is complete whenever it exists. An existing file is replaced.</summary>
    public static void Save(MLContext context, ITransformer model, DataViewSchema schema, string path)
    {
        string temporary = path + ".part";
        context.Model.Save(model, schema, temporary);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Checks that a file to be written does not exist, and that its folder does.</summary>
    /// <exception cref="UsageException">It exists, or its folder does not.</exception>
    public static void CheckNew(string path)
    {
        if (Path.Exists(path)) throw new UsageException($"'{path}' already exists; delete it, or name another file.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) throw new UsageException($"The folder '{folder}' for the file does not exist.");
    }

    /// <summary>Copies a file under a temporary name first. An existing file is replaced.</summary>
    public static void Copy(string from, string to)
    {
        File.Copy(from, to + ".part", overwrite: true);
        File.Move(to + ".part", to, overwrite: true);
    }
}

/// <summary>A model file, and what computes it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Gpu">Whether to compute on the first GPU; otherwise on the processor.</param>
/// <param name="Int8">Whether to compute with 8-bit products, on the processor.</param>
internal sealed record ModelChoice(string Path, bool Gpu = false, bool Int8 = false);
