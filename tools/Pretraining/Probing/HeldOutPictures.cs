using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Pretraining.Shards;

namespace ConvNeXt.Pretraining.Probing;

/// <summary>
/// Photographs from packages that are never trained on: how well a network tells the teacher's pooled features of them shows what it has learned of photographs in
/// general, and the loss on crops does not.
/// </summary>
internal sealed class HeldOutPictures
{
    private const int Batch = 64;

    private readonly byte[] _records;

    /// <summary>Reads the pictures of a run.</summary>
    public HeldOutPictures(string runFolder) => _records = File.ReadAllBytes(FileOf(runFolder));

    /// <summary>Pictures there are.</summary>
    public int Count => _records.Length / CropRecord.Bytes;

    /// <summary>Where a run keeps them, in the form of a shard.</summary>
    public static string FileOf(string runFolder) => Path.Combine(runFolder, "held-out.shard");

    /// <summary>How well a network's head tells the teacher's pooled features.</summary>
    public HeldOutError Measure(ConvNeXtConfig config, WeightSet weights)
    {
        using var engine = new ManagedScoringEngine(config, weights);
        var normalizer = PixelNormalizer.Get(RgbTriple.ImageNetMean, RgbTriple.ImageNetStandardDeviation);
        float[] pixels = new float[Batch * CropRecord.PixelBytes], outputs = new float[Batch * CropRecord.PooledValues];
        float[] pooled = new float[CropRecord.PooledValues], map = new float[CropRecord.MapValues], hint = new float[CropRecord.HintValues];
        var agreements = new FeatureAgreement[CropRecord.PooledValues];
        for (int first = 0; first < Count; first += Batch)
        {
            int count = Math.Min(Batch, Count - first);
            for (int i = 0; i < count; i++)
                normalizer.Convert(Record(first + i)[..CropRecord.PixelBytes], pixels.AsSpan(i * CropRecord.PixelBytes, CropRecord.PixelBytes));
            engine.Score(pixels, count, CropRecord.Side, CropRecord.Side, outputs);
            for (int i = 0; i < count; i++)
            {
                CropRecord.Read(Record(first + i), mirrored: false, pooled, map, hint);
                for (int feature = 0; feature < pooled.Length; feature++) agreements[feature].Add(outputs[(i * pooled.Length) + feature], pooled[feature]);
            }
        }

        return new HeldOutError(agreements.Average(feature => feature.SquaredError), agreements.Sum(feature => feature.Unexplained) / agreements.Sum(feature => feature.Variance));
    }

    private ReadOnlySpan<byte> Record(int crop) => _records.AsSpan(crop * CropRecord.Bytes, CropRecord.Bytes);
}
