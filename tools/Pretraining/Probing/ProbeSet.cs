using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using SkiaSharp;

namespace ConvNeXt.Pretraining.Probing;

/// <summary>A folder of class folders, decoded for probing.</summary>
internal sealed class ProbeSet
{
    private const int Side = 160, Folds = 5, Batch = 16;

    private readonly float[][] _pictures;
    private readonly int[] _labels, _folds;

    public ProbeSet(string folder)
    {
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        string[] classes = [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)];
        var preprocessing = new ImagePreprocessing { Size = Side, CropRatio = 0.875, Interpolation = Interpolation.Bicubic };
        var (pictures, labels, folds) = (new List<float[]>(), new List<int>(), new List<int>());
        for (int label = 0; label < classes.Length; label++)
        {
            string[] files = [.. Directory.GetFiles(classes[label]).Order(StringComparer.Ordinal)];
            for (int i = 0; i < files.Length; i++)
            {
                float[] pixels = new float[preprocessing.Length];
                preprocessing.Apply(Decode(files[i]), pixels);
                pictures.Add(pixels);
                labels.Add(label);
                folds.Add(i % Folds);
            }
        }

        (Classes, _pictures, _labels, _folds) = (classes.Length, [.. pictures], [.. labels], [.. folds]);
    }

    public string Name { get; }

    public int Classes { get; }

    public int Count => _pictures.Length;

    /// <summary>Accuracy of linear models on frozen features, each on the fold that it has not seen.</summary>
    public double Measure(ManagedScoringEngine engine)
    {
        float[][] features = Featurize(engine);
        int right = 0;
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] train = [.. Enumerable.Range(0, Count).Where(i => _folds[i] != fold)];
            var fit = RidgeClassifier.Fit([.. train.Select(i => features[i])], [.. train.Select(i => _labels[i])], Classes);
            right += Enumerable.Range(0, Count).Count(i => _folds[i] == fold && fit.Predict(features[i]) == _labels[i]);
        }

        return (double)right / Count;
    }

    private float[][] Featurize(ManagedScoringEngine engine)
    {
        var features = new float[Count][];
        float[] pixels = new float[Batch * Side * Side * 3], results = new float[Batch * engine.FeatureCount];
        for (int first = 0; first < Count; first += Batch)
        {
            int count = Math.Min(Batch, Count - first);
            for (int i = 0; i < count; i++) _pictures[first + i].CopyTo(pixels, i * Side * Side * 3);
            engine.Featurize(pixels, count, Side, Side, results);
            for (int i = 0; i < count; i++) features[first + i] = results[(i * engine.FeatureCount)..((i + 1) * engine.FeatureCount)];
        }

        return features;
    }

    private static RgbImage Decode(string file)
    {
        using var codec = SKCodec.Create(file) ?? throw new InvalidDataException($"{file} is no picture.");
        using var bitmap = SKBitmap.Decode(codec, new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var pixels = bitmap.GetPixelSpan();
        byte[] rgb = new byte[bitmap.Width * bitmap.Height * 3];
        for (int i = 0; i < bitmap.Width * bitmap.Height; i++) pixels.Slice(i * 4, 3).CopyTo(rgb.AsSpan(i * 3));
        return new RgbImage(bitmap.Width, bitmap.Height, rgb);
    }
}
