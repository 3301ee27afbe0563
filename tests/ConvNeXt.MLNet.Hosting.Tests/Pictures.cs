using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests;

/// <summary>Two model files, test pictures, and what each model says about each picture by itself.</summary>
internal static class Pictures
{
    private static readonly Lazy<ModelFileOf> LazyFirst = new(() => new ModelFileOf(TinyModel.Transformer));

    private static readonly Lazy<ModelFileOf> LazySecond =
        new(() => new ModelFileOf(TinyModel.Fit(new MLContext(seed: 2), TinyModel.CreateOptions(epochs: 2))));

    private static readonly Lazy<byte[][]> LazyEncoded = new(() => [.. TinyModel.TestSet.Select(image => File.ReadAllBytes(image.ImagePath))]);

    /// <summary>The trained model.</summary>
    public static ModelFileOf First => LazyFirst.Value;

    /// <summary>Another one of the same network.</summary>
    public static ModelFileOf Second => LazySecond.Value;

    /// <summary>The contents of the test pictures.</summary>
    public static byte[][] Encoded => LazyEncoded.Value;

    /// <summary>A file that no decoder reads.</summary>
    public static byte[] Broken => "This is not a picture."u8.ToArray();
}

/// <summary>A saved model with its scores of the test pictures, computed one by one with a PredictionEngine.</summary>
internal sealed class ModelFileOf
{
    public ModelFileOf(ConvNeXtClassificationTransformer model)
    {
        var context = new MLContext(seed: 1);
        Path = System.IO.Path.Combine(TestFolders.CreateTemporary(), "model.zip");
        context.Model.Save(model, null, Path);
        var loaded = (ConvNeXtClassificationTransformer)context.Model.Load(Path, out _);
        Labels = [.. loaded.LabelNames];
        using var engine = context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(loaded);
        Scores = [.. TinyModel.TestSet.Select(image => engine.Predict(image).Score)];
    }

    public string Path { get; }

    public string[] Labels { get; }

    public float[][] Scores { get; }

    /// <summary>Copies the file to a folder of its own.</summary>
    public string Copy()
    {
        string copy = System.IO.Path.Combine(TestFolders.CreateTemporary(), "model.zip");
        File.Copy(Path, copy);
        return copy;
    }

    /// <summary>Puts the file in the place of another one, as a deployment should: complete, under a new time.</summary>
    public void Replace(string path) => ReplaceBy(path, File.ReadAllBytes(Path));

    public static void ReplaceBy(string path, byte[] content)
    {
        string part = path + ".part";
        File.WriteAllBytes(part, content);
        File.Move(part, path, overwrite: true);
    }
}
