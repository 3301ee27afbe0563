using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Pretraining.Shards;
using ConvNeXt.Pretraining.Teacher;

namespace ConvNeXt.Pretraining.Training;

/// <summary>A batch that is drawn from the pool and read in the background, mirrored at random; what it holds depends on the seed, the step and the pool alone.</summary>
internal sealed class StudentBatch
{
    private readonly int _count, _side, _mapGrid, _hintGrid;
    private readonly byte[] _record, _resized;
    private readonly RgbImage _view;
    private readonly float[] _map = new float[CropRecord.MapValues], _hint = new float[CropRecord.HintValues];
    private readonly (int Shard, int Crop)[] _drawn;
    private readonly bool[] _mirrored;

    /// <summary>Allocates a batch.</summary>
    /// <param name="count">Pictures.</param>
    /// <param name="side">Side of the student's pictures, at most that of the records.</param>
    public StudentBatch(int count, int side)
    {
        (_count, _side, _mapGrid, _hintGrid) = (count, side, side / CropRecord.MapStride, side / CropRecord.HintStride);
        _resized = new byte[side * side * 3];
        _view = new RgbImage(CropRecord.Side, CropRecord.Side, new byte[CropRecord.PixelBytes]);
        _record = new byte[CropRecord.Bytes];
        (_drawn, _mirrored) = (new (int, int)[count], new bool[count]);
        (Map, Hint) = (new float[count * _mapGrid * _mapGrid * TeacherNetwork.MapChannels], new float[count * _hintGrid * _hintGrid * TeacherNetwork.HintChannels]);
        Batch = new TrainingBatch
        {
            Images = new float[count * _resized.Length],
            Targets = new float[count * CropRecord.PooledValues],
            Count = count,
            Height = side,
            Width = side,
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
            pool.Read(_drawn[i].Shard, _drawn[i].Crop, _record);
            normalizer.Convert(Pixels(_mirrored[i]), Batch.Images.AsSpan(i * _resized.Length, _resized.Length));
            CropRecord.Read(_record, _mirrored[i], Batch.Targets.AsSpan(i * CropRecord.PooledValues, CropRecord.PooledValues), _map, _hint);
            int map = Map.Length / _count, hint = Hint.Length / _count;
            GridPooling.RunOnPixels(_map, TeacherNetwork.MapChannels, CropRecord.MapGrid, _mapGrid, Map.AsSpan(i * map, map));
            GridPooling.RunOnPixels(_hint, TeacherNetwork.HintChannels, CropRecord.HintGrid, _hintGrid, Hint.AsSpan(i * hint, hint));
        }
    }

    private ReadOnlySpan<byte> Pixels(bool mirrored)
    {
        var pixels = _view.Pixels.AsSpan(0, CropRecord.PixelBytes);
        _record.AsSpan(0, CropRecord.PixelBytes).CopyTo(pixels);
        if (mirrored) Mirror(pixels);
        if (_side == CropRecord.Side) return pixels;
        ImageResizer.Resize(_view, PixelArea.Of(_view), _side, _side, new PixelArea(0, 0, _side, _side), Interpolation.Bilinear, _resized);
        return _resized;
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
