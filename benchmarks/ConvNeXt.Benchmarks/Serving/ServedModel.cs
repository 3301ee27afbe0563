using System.Security.Cryptography;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Hosting;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>A model file, pictures, and what a PredictionEngine says about each picture by itself.</summary>
internal sealed class ServedModel
{
    private readonly string[] _labels;
    private readonly float[][] _scores;

    public ServedModel(string path, byte[][] pictures)
    {
        (Path, Pictures) = (path, pictures);
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(path, out _);
        _labels = [.. model.GetConvNeXtClassifier().LabelNames];
        using PredictionEngine<Upload, Scored> engine = ml.Model.CreatePredictionEngine<Upload, Scored>(model);
        _scores = [.. pictures.Select(picture => engine.Predict(new Upload { Image = picture }).Score)];
        Version = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16];
    }

    public string Path { get; }

    public byte[][] Pictures { get; }

    /// <summary>The version as the classifier names it.</summary>
    public string Version { get; }

    /// <summary>Whether a result is the one of the picture by itself, in every bit.</summary>
    public bool IsRight(int picture, ClassificationResult result)
    {
        if (!result.IsClassified || result.ModelVersion != Version || result.Top.Count != _labels.Length) return false;
        foreach (ClassProbability found in result.Top)
        {
            float alone = _scores[picture][Array.IndexOf(_labels, found.Label)];
            if (BitConverter.SingleToInt32Bits(alone) != BitConverter.SingleToInt32Bits(found.Probability)) return false;
        }
        return true;
    }

    /// <summary>A row with an encoded image.</summary>
    public sealed class Upload
    {
        [ColumnName(nameof(LabeledImage.ImagePath))]
        public byte[] Image { get; set; } = [];
    }

    /// <summary>The probabilities.</summary>
    public sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
