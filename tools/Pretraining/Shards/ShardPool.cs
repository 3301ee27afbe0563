using ConvNeXt.Backbone.Training.Data;
using Microsoft.Win32.SafeHandles;

namespace ConvNeXt.Pretraining.Shards;

/// <summary>
/// The shards so far. Each is to be seen a number of times; crops are drawn from shards in proportion to what is left of that, so that new ones mix with old ones and
/// all get about their share.
/// </summary>
/// <param name="runFolder">Folder of the run whose shards they are.</param>
/// <param name="cropsPerShard">Crops in each.</param>
/// <param name="passes">How often a crop is to be seen.</param>
internal sealed class ShardPool(string runFolder, int cropsPerShard, double passes) : IDisposable
{
    /// <summary>What is always left of a shard, in passes: nothing is forgotten altogether.</summary>
    private const double LeastPasses = 0.02;

    private readonly string _folder = Directory.CreateDirectory(Path.Combine(runFolder, "shards")).FullName;
    private readonly List<SafeFileHandle> _files = [];
    private readonly List<double> _left = [];

    /// <summary>Shards there are.</summary>
    public int Count => _files.Count;

    /// <summary>Crops left to draw, of all shards.</summary>
    public double LeftToDraw => _left.Sum();

    /// <summary>Crops left to draw of each shard, by which a run resumes.</summary>
    public IReadOnlyList<double> Left => _left;

    /// <summary>Where a shard lies.</summary>
    public string FileOf(int shard) => Path.Combine(_folder, $"{shard:00000}.shard");

    /// <summary>Takes the next shard in, whose file is there.</summary>
    /// <param name="left">Crops left to draw of it; null where it is new.</param>
    public void Add(double? left = null)
    {
        string file = FileOf(Count);
        var handle = File.OpenHandle(file, options: FileOptions.RandomAccess);
        _files.Add(handle);
        long crops = RandomAccess.GetLength(handle) / CropRecord.Bytes;
        if (crops != cropsPerShard) throw new InvalidDataException($"{file} has {crops} crops, and --crops asks for {cropsPerShard}.");
        _left.Add(left ?? (passes * cropsPerShard));
    }

    /// <summary>Makes all shards worth as much as each other, for the end of a run.</summary>
    public void Level()
    {
        for (int i = 0; i < _left.Count; i++) _left[i] = passes * cropsPerShard;
    }

    /// <summary>Draws a crop.</summary>
    public (int Shard, int Crop) Draw(ref CounterRandom random)
    {
        double at = random.NextDouble() * LeftToDraw;
        int shard = 0;
        while (shard < _left.Count - 1 && at >= _left[shard]) at -= _left[shard++];
        _left[shard] = Math.Max(_left[shard] - 1, LeastPasses * cropsPerShard);
        return (shard, random.NextInt32(cropsPerShard));
    }

    /// <summary>Reads a crop's record; from any thread.</summary>
    public void Read(int shard, int crop, Span<byte> record)
    {
        if (RandomAccess.Read(_files[shard], record, (long)crop * CropRecord.Bytes) < record.Length) throw new EndOfStreamException($"{FileOf(shard)} is too short.");
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }
}
