using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Pretraining.Shards;

namespace ConvNeXt.Pretraining.Training;

/// <summary>A batch that is drawn from the pool and read in the background, mirrored at random; what it holds depends on the seed, the step and the pool alone.</summary>
internal sealed class StudentBatch
{
    private readonly int _count;
    private readonly byte[][] _records;
    private readonly (int Shard, int Crop)[] _drawn;
    private readonly bool[] _mirrored;

    public StudentBatch(int count)
    {
        _count = count;
        _records = [.. Enumerable.Range(0, count).Select(_ => new byte[CropRecord.Bytes])];
        (_drawn, _mirrored) = (new (int, int)[count], new bool[count]);
        (Map, Hint) = (new float[count * CropRecord.MapValues], new float[count * CropRecord.HintValues]);
        Batch = new TrainingBatch
        {
            Images = new float[count * CropRecord.PixelBytes],
            Targets = new float[count * CropRecord.PooledValues],
            Count = count,
            Height = CropRecord.Side,
            Width = CropRecord.Side,
        };
    }

    /// <summary>Pixels and pooled features.</summary>
    public TrainingBatch Batch { get; }

    /// <summary>The teacher's last map.</summary>
    public float[] Map { get; }

    /// <summary>The teacher's map of the stage before.</summary>
    public float[] Hint { get; }

    /// <summary>Draws and reads.</summary>
    public void Fill(ShardPool pool, long seed, int step)
    {
        var random = new CounterRandom(seed, RandomPurpose.Order, step, 0);
        for (int i = 0; i < _count; i++)
        {
            _drawn[i] = pool.Draw(ref random);
            _mirrored[i] = random.NextDouble() < 0.5;
        }

        var normalizer = PixelNormalizer.Get(RgbTriple.ImageNetMean, RgbTriple.ImageNetStandardDeviation);
        for (int i = 0; i < _count; i++)
        {
            byte[] record = _records[i];
            pool.Read(_drawn[i].Shard, _drawn[i].Crop, record);
            var pixels = record.AsSpan(0, CropRecord.PixelBytes);
            if (_mirrored[i]) Mirror(pixels);
            normalizer.Convert(pixels, Batch.Images.AsSpan(i * CropRecord.PixelBytes, CropRecord.PixelBytes));
            CropRecord.Read(
                record,
                _mirrored[i],
                Batch.Targets.AsSpan(i * CropRecord.PooledValues, CropRecord.PooledValues),
                Map.AsSpan(i * CropRecord.MapValues, CropRecord.MapValues),
                Hint.AsSpan(i * CropRecord.HintValues, CropRecord.HintValues));
        }
    }

    private static void Mirror(Span<byte> pixels)
    {
        const int stride = CropRecord.Side * 3;
        for (int row = 0; row < pixels.Length; row += stride)
        {
            for (int left = row, right = row + stride - 3; left < right; left += 3, right -= 3)
                for (int channel = 0; channel < 3; channel++) (pixels[left + channel], pixels[right + channel]) = (pixels[right + channel], pixels[left + channel]);
        }
    }
}
