using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Pretraining.Crops;
using ConvNeXt.Pretraining.Pictures;
using ConvNeXt.Pretraining.Teacher;

namespace ConvNeXt.Pretraining.Shards;

/// <summary>Makes shards: draws views, lets the teacher see them, and keeps what the student needs. A shard's views depend on the seed and its number alone.</summary>
internal sealed class ShardMaker : IDisposable
{
    private const int StatisticsCrops = 1536, Batch = 16;

    /// <summary>Number of the shard whose targets are only measured.</summary>
    private const int StatisticsShard = -1;

    private readonly PictureBank _bank;
    private readonly TeacherNetwork _teacher;
    private readonly CropRenderer[] _renderers;
    private readonly long _seed;
    private readonly byte[][] _views, _records;
    private readonly float[] _map = new float[Batch * TeacherNetwork.MapChannels * TeacherNetwork.MapSide * TeacherNetwork.MapSide];
    private readonly float[] _hint = new float[Batch * TeacherNetwork.HintChannels * TeacherNetwork.HintSide * TeacherNetwork.HintSide];
    private readonly float[][] _pooledTargets, _mapTargets, _hintTargets;
    private readonly TargetStatistics _statistics;

    /// <summary>Opens bank and teacher; the statistics of the targets are read, or measured once and kept.</summary>
    /// <param name="bankFolder">Folder of the decoded pictures.</param>
    /// <param name="runFolder">Folder of the run that the shards are for; it has the statistics.</param>
    /// <param name="seed">Of all that is drawn.</param>
    /// <param name="veilChance">Share of the views with a veil of another picture.</param>
    public ShardMaker(string bankFolder, string runFolder, long seed, double veilChance)
    {
        int threads = Environment.ProcessorCount;
        (_bank, _teacher, _seed) = (new PictureBank(bankFolder), new TeacherNetwork(Batch, threads), seed);
        _renderers = [.. Enumerable.Range(0, threads).Select(_ => new CropRenderer(_bank, veilChance))];
        _views = Arrays<byte>(CropRenderer.Side * CropRenderer.Side * 3);
        _records = Arrays<byte>(CropRecord.Bytes);
        (_pooledTargets, _mapTargets, _hintTargets) = (Arrays<float>(CropRecord.PooledValues), Arrays<float>(CropRecord.MapValues), Arrays<float>(CropRecord.HintValues));
        string statisticsFile = Path.Combine(runFolder, "statistics.bin");
        if (!File.Exists(statisticsFile)) Measure().Write(statisticsFile);
        _statistics = TargetStatistics.Read(statisticsFile);
    }

    /// <summary>Makes a shard; it gets its name when it is whole.</summary>
    public void Make(int shard, int crops, string file) => Write(file, crops, first => Compute(shard, first));

    /// <summary>Makes the file of the held-out photographs, the middle of each, unless it is there.</summary>
    public void MakeHeldOut(string file)
    {
        if (File.Exists(file)) return;
        Write(file, _bank.HeldOut.Length, first => Compute((i, renderer) =>
        {
            if (first + i < _bank.HeldOut.Length) renderer.RenderMiddle(_bank.HeldOut[first + i], _views[i]);
        }));
    }

    /// <summary>Draws views of a shard without the teacher, for people to look at.</summary>
    public byte[] Preview(int shard, int crop)
    {
        Render(shard, crop, 0, _renderers[0]);
        return _views[0];
    }

    /// <summary>Largest relative difference between the batched teacher's pooled features and those of the original file, for the first crop of a shard.</summary>
    public double CompareWithOriginal(int shard)
    {
        Compute(shard, 0);
        float[] original = _teacher.RunOriginal();
        return original.Select((value, i) => Math.Abs(value - _pooledTargets[0][i])).Max() / original.Max();
    }

    public void Dispose()
    {
        foreach (var renderer in _renderers) renderer.Dispose();
        _teacher.Dispose();
        _bank.Dispose();
    }

    private static T[][] Arrays<T>(int length) => [.. Enumerable.Range(0, Batch).Select(_ => new T[length])];

    private void Render(int shard, int crop, int index, CropRenderer renderer)
    {
        var random = new CounterRandom(_seed, RandomPurpose.Augmentation, shard, crop);
        renderer.Render(ref random, _views[index]);
    }

    private void Write(string file, int crops, Action<int> compute)
    {
        using (var stream = File.Create($"{file}.tmp"))
        {
            for (int first = 0; first < crops; first += Batch)
            {
                compute(first);
                int count = Math.Min(Batch, crops - first);
                Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = _renderers.Length }, Store);
                for (int i = 0; i < count; i++) stream.Write(_records[i]);
            }
        }

        File.Move($"{file}.tmp", file, overwrite: true);
    }

    private void Compute(int shard, int first) => Compute((i, renderer) => Render(shard, first + i, i, renderer));

    // The targets of a batch of views, pooled but not standardized.
    private void Compute(Action<int, CropRenderer> render)
    {
        int threads = _renderers.Length;
        Parallel.For(0, threads, thread =>
        {
            for (int i = thread; i < Batch; i += threads)
            {
                render(i, _renderers[thread]);
                _teacher.SetView(i, _views[i]);
            }
        });
        _teacher.Run(_map, _hint);
        Parallel.For(0, Batch, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            int mapFloats = _map.Length / Batch, hintFloats = _hint.Length / Batch;
            GridPooling.Run(_map.AsSpan(i * mapFloats, mapFloats), TeacherNetwork.MapChannels, TeacherNetwork.MapSide, 1, _pooledTargets[i]);
            GridPooling.Run(_map.AsSpan(i * mapFloats, mapFloats), TeacherNetwork.MapChannels, TeacherNetwork.MapSide, CropRecord.MapGrid, _mapTargets[i]);
            GridPooling.Run(_hint.AsSpan(i * hintFloats, hintFloats), TeacherNetwork.HintChannels, TeacherNetwork.HintSide, CropRecord.HintGrid, _hintTargets[i]);
        });
    }

    private void Store(int i)
    {
        _statistics.Pooled.Apply(_pooledTargets[i]);
        _statistics.Map.Apply(_mapTargets[i]);
        _statistics.Hint.Apply(_hintTargets[i]);
        var view = new RgbImage(CropRenderer.Side, CropRenderer.Side, _views[i]);
        var window = new PixelArea(0, 0, CropRecord.Side, CropRecord.Side);
        ImageResizer.Resize(view, PixelArea.Of(view), CropRecord.Side, CropRecord.Side, window, Interpolation.Bilinear, _records[i].AsSpan(0, CropRecord.PixelBytes));
        CropRecord.Write(_pooledTargets[i], _mapTargets[i], _hintTargets[i], _records[i]);
    }

    private TargetStatistics Measure()
    {
        List<float> pooled = [], map = [], hint = [];
        for (int first = 0; first < StatisticsCrops; first += Batch)
        {
            Compute(StatisticsShard, first);
            foreach (float[] values in _pooledTargets) pooled.AddRange(values);
            foreach (float[] values in _mapTargets) map.AddRange(values);
            foreach (float[] values in _hintTargets) hint.AddRange(values);
        }

        return new TargetStatistics(
            ChannelStatistics.Measure(pooled.ToArray(), CropRecord.PooledValues),
            ChannelStatistics.Measure(map.ToArray(), TeacherNetwork.MapChannels),
            ChannelStatistics.Measure(hint.ToArray(), TeacherNetwork.HintChannels));
    }
}
