using System.Numerics.Tensors;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring;

namespace ConvNeXt.MLNet.Robustness;

/// <summary>Measures how a classifier copes with noise, blur, weather and compression.</summary>
public static class RobustnessEvaluation
{
    /// <summary>The corruptions are made for images whose shorter side is this long.</summary>
    private const int Side = 224;

    /// <summary>
    /// Recognizes each image without and with each corruption at each severity. An image is cropped as the model's preprocessing says, at 224 pixels (the
    /// shorter side of a rectangle), corrupted, compressed, and resized to the size of the network. Memory does not depend on the number of images.
    /// </summary>
    /// <param name="model">The classifier.</param>
    /// <param name="images">The images; those that cannot be read are left out. The labels must be among the model's.</param>
    /// <param name="options">What to measure; null for the 15 standard corruptions at five severities.</param>
    /// <param name="progress">Receives the number of images that are done.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/> before the next image.</param>
    /// <exception cref="ArgumentException">There are no images, none can be read, or a label is not one of the model's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static RobustnessReport EvaluateRobustness(
        this ConvNeXtClassificationTransformer model,
        IReadOnlyList<LabeledImage> images,
        RobustnessOptions? options = null,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new();
        options.Validate();
        int[] labels = [.. images.Select(image => FindLabel(model, image))];
        var cases = options.Corruptions.SelectMany(corruption => options.Severities.Select(severity => (Corruption: corruption, Severity: severity))).ToArray();
        int[] right = new int[cases.Length + 1]; // the last one is the image as it is
        int read = 0;
        var view = new CorruptedViews(model, options);
        using EngineLease lease = model.Scorer.Lease();
        for (int i = 0; i < images.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (view.TryClassify(images[i].ImagePath, options.Seed + i, cases, out int[] classes))
            {
                read++;
                for (int at = 0; at < classes.Length; at++)
                    if (classes[at] == labels[i]) right[at]++;
            }
            progress?.Report(i + 1);
        }
        if (read == 0) throw new ArgumentException("There are no images, or none of them could be read.", nameof(images));
        int next = 0;
        return new RobustnessReport(
            read,
            (double)right[^1] / read,
            [.. options.Corruptions.Select(corruption => new CorruptionResult(corruption, [.. options.Severities.Select(Result)]))]);

        SeverityResult Result(int severity) => new(severity, (double)right[next++] / read);
    }

    private static int FindLabel(ConvNeXtClassificationTransformer model, LabeledImage image)
    {
        for (int i = 0; i < model.LabelNames.Count; i++)
            if (model.LabelNames[i] == image.Label) return i;
        throw new ArgumentException($"'{image.ImagePath}' has the label '{image.Label}', which the model does not know; it knows {string.Join(", ", model.LabelNames)}.");
    }

    /// <summary>One image in all its corrupted versions, scored in batches.</summary>
    private sealed class CorruptedViews(ConvNeXtClassificationTransformer model, RobustnessOptions options)
    {
        private readonly ImagePreprocessing _network = model.Preprocessing, _view = Enlarge(model.Preprocessing);
        private readonly ImageScorer _scorer = model.Scorer;
        private readonly float[] _pixels = new float[model.Scorer.BatchSize * model.Scorer.PixelCount];
        private readonly float[] _scores = new float[model.Scorer.BatchSize * model.Scorer.VectorLength];

        public bool TryClassify(string path, long seed, (ImageCorruption Corruption, int Severity)[] cases, out int[] classes)
        {
            classes = new int[cases.Length + 1];
            RgbImage clean;
            try
            {
                using RgbImage decoded = ImageDecoding.Decode(new ImageReference(path, null, null), model.Decoding);
                clean = _view.ResizeAndCrop(decoded);
            }
            catch (Exception e) when (ImageFailure.IsOfTheImage(e))
            {
                return false;
            }
            int perImage = _scorer.PixelCount, perResult = _scorer.VectorLength;
            for (int start = 0; start < classes.Length; start += _scorer.BatchSize)
            {
                int first = start, count = Math.Min(_scorer.BatchSize, classes.Length - start);
                Parallel.For(0, count, i =>
                {
                    RgbImage image = clean;
                    if (first + i < cases.Length) image = cases[first + i].Corruption.Apply(clean, cases[first + i].Severity, seed);
                    if (options.JpegQuality is { } quality) image = JpegCompression.Apply(image, quality);
                    RgbImage input = ImageResizer.Resize(image, _network.Width, _network.Height, _network.Interpolation);
                    PixelNormalizer.Get(_network.Mean, _network.StandardDeviation).Convert(input.Pixels, _pixels.AsSpan(i * perImage, perImage));
                });
                _scorer.Run(_pixels, count, _scores);
                for (int i = 0; i < count; i++) classes[first + i] = TensorPrimitives.IndexOfMax(_scores.AsSpan(i * perResult, perResult));
            }
            return true;
        }

        /// <summary>The same crop with a shorter side of 224 pixels.</summary>
        private static ImagePreprocessing Enlarge(ImagePreprocessing preprocessing)
        {
            double scale = (double)Side / Math.Min(preprocessing.Height, preprocessing.Width);
            return preprocessing.WithSize((int)Math.Round(preprocessing.Height * scale), (int)Math.Round(preprocessing.Width * scale));
        }
    }
}
