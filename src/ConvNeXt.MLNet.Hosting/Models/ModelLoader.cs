using System.Globalization;
using System.Security.Cryptography;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring;
using Microsoft.ML;

namespace ConvNeXt.MLNet.Hosting.Models;

/// <summary>Loads a model file, and returns it only after it has classified a picture and its memory for batches is there.</summary>
internal sealed class ModelLoader(ConvNeXtClassifierOptions options)
{
    /// <summary>Characters of the hash that identify a model.</summary>
    private const int VersionLength = 16;

    /// <summary>Loads the file.</summary>
    /// <exception cref="InvalidDataException">It cannot be used; the message says why.</exception>
    public LoadedModel Load()
    {
        try
        {
            using FileStream file = new(options.ModelPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            string version = ComputeVersion(file);
            ITransformer model = Read(file);
            LoadedModel? loaded = null;
            try
            {
                // A file that is written to while it is read could be half of one model and half of another.
                if (ComputeVersion(file) != version) throw new InvalidDataException("the file was changed while it was read");
                loaded = Prepare(model, version);
                return loaded;
            }
            finally
            {
                if (loaded is null) (model as IDisposable)?.Dispose();
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"Model '{options.ModelPath}' cannot be used: {Explain(e)}.", e);
        }
    }

    private ITransformer Read(FileStream file)
    {
        var context = new MLContext();
        options.ConfigureContext?.Invoke(context);
        CheckTemporaryFolder(context.TempFilePath);
        file.Position = 0;
        ITransformer model = context.Model.Load(file, out _);
        return options.Int8 ? model.GetConvNeXtClassifier().WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8) : model;
    }

    // ML.NET unpacks the file there; of a container whose root is read-only, it says only that a file is missing.
    private static void CheckTemporaryFolder(string folder)
    {
        try
        {
            string path = Path.Combine(folder, Path.GetRandomFileName());
            using FileStream _ = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(
                $"it is unpacked into the folder for temporary files, and '{folder}' cannot be written to (TMPDIR names another)", e);
        }
    }

    private LoadedModel Prepare(ITransformer model, string version)
    {
        ConvNeXtClassificationTransformer classifier = model.GetConvNeXtClassifier();
        var scorer = new ImageScorer(classifier.Network, feature: null, options.MaxBatchSize, imageFolder: null, classifier.Decoding, classifier.Temperature);
        string[] labels = classifier.LabelNames.Count > 0
            ? [.. classifier.LabelNames]
            : [.. Enumerable.Range(0, scorer.VectorLength).Select(index => index.ToString(CultureInfo.InvariantCulture))];
        Verify(scorer, labels);
        int lanes = scorer.PassesAtOnce;
        if (lanes == 1) WarmUp(scorer);
        return new LoadedModel(version, labels, scorer, lanes, classifier, (IDisposable)model);
    }

    private void Verify(ImageScorer scorer, string[] labels)
    {
        byte[]? encoded = options.VerificationImage is { } path ? File.ReadAllBytes(path) : null;
        ImageReference picture = encoded is null ? new ImageReference(null, null, DrawPicture()) : new ImageReference(null, encoded, null);
        float[] scores = new float[scorer.VectorLength];
        if (scorer.TryRun(picture, scores) is { } problem) throw new InvalidDataException($"it cannot classify the verification image: {problem.TrimEnd('.')}");
        if (!scores.All(float.IsFinite)) throw new InvalidDataException("its scores of the verification image are not finite numbers");
        string label = labels[Array.IndexOf(scores, scores.Max())];
        if (options.VerificationLabel is { } expected && label != expected)
            throw new InvalidDataException($"it takes the verification image for '{label}' instead of '{expected}'");
    }

    // A GPU allocates memory and chooses kernels when a batch size is used first; the largest one takes longest. On the CPU, batches are small.
    private static void WarmUp(ImageScorer scorer)
    {
        if (scorer.BatchSize > 1)
            scorer.Run(new float[scorer.BatchSize * scorer.PixelCount], scorer.BatchSize, new float[scorer.BatchSize * scorer.VectorLength]);
    }

    /// <summary>A picture with some colors and edges.</summary>
    private static RgbImage DrawPicture()
    {
        const int Side = 64;
        byte[] pixels = new byte[Side * Side * 3];
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x++)
            {
                int at = (y * Side + x) * 3;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = ((byte)(x * 4), (byte)(y * 4), (byte)((x ^ y) * 4));
            }
        return new RgbImage(Side, Side, pixels);
    }

    private static string ComputeVersion(FileStream file)
    {
        file.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(file))[..VersionLength];
    }

    // ML.NET wraps what a component throws while it is loaded.
    private static string Explain(Exception exception)
    {
        while (exception is System.Reflection.TargetInvocationException { InnerException: { } inner }) exception = inner;
        string text = exception is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : exception.Message;
        return text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
    }
}
