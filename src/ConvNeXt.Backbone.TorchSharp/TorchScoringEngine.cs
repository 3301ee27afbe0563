using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Backbone.TorchSharp.Scoring;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.TorchSharp;

/// <summary>
/// Scores on GPUs or the CPU with TorchSharp. Batches are distributed over the devices in contiguous parts, so results stay in order. If the memory of a device
/// is too small, it continues with smaller parts. The last bits of an image's results may depend on its batch.
/// </summary>
public sealed unsafe class TorchScoringEngine : IScoringEngine
{
    private readonly List<Replica> _replicas = [];
    private readonly UsageGate _gate;

    /// <summary>Copies the weights to the devices.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weights">All weights of the network under their official names.</param>
    /// <param name="options">Device and precision; null for float32 on the CPU.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected or of the wrong shape; the message lists all of them.</exception>
    /// <exception cref="EngineUnavailableException">libtorch cannot be loaded, there is no such device, or a device computes wrong results; the message says
    /// which.</exception>
    /// <exception cref="DeviceMemoryException">Not even a single small image fits in the memory of a device.</exception>
    public TorchScoringEngine(ConvNeXtConfig config, WeightSet weights, DeviceOptions? options = null)
        : this(config, weights, options ?? new DeviceOptions(), TorchDevices.Instance)
    {
    }

    internal TorchScoringEngine(ConvNeXtConfig config, WeightSet weights, DeviceOptions options, ITorchDevices devices)
    {
        ArgumentNullException.ThrowIfNull(config);
        NetworkParts.Refuse(config, "The scoring engine on TorchSharp");
        WeightCheck.Require(config, weights);
        var places = DeviceChoice.Resolve(options, devices);
        (Config, _gate) = (config, new UsageGate(this));
        try
        {
            foreach (var device in places) _replicas.Add(new Replica(config, weights, device, devices, options));
            if (options.SelfCheck) SelfCheck.Scoring(config, weights, options.Precision, _replicas, places);
        }
        catch (Exception e)
        {
            foreach (var replica in _replicas) replica.Dispose();
            if (MemoryLimit.IsOutOfMemory(e)) throw MemoryLimit.NetworkTooLarge(config, places[Math.Min(_replicas.Count, places.Length - 1)].ToString(), e);
            throw;
        }
    }

    /// <inheritdoc/>
    public ConvNeXtConfig Config { get; }

    /// <inheritdoc/>
    public int FeatureCount => Config.FeatureCount;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    /// <exception cref="DeviceMemoryException">Not even a single image fits in the memory of a device.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the call.</exception>
    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits) =>
        Run(ScoringRequest.Logits, images, count, height, width, Config.ClassCount, logits);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    /// <exception cref="DeviceMemoryException">Not even a single image fits in the memory of a device.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the call.</exception>
    public void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features) =>
        Run(new ScoringRequest(Features: true, MapStage: null), images, count, height, width, FeatureCount, features);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, an image side is too small, or there is no such stage.</exception>
    /// <exception cref="DeviceMemoryException">Not even a single image fits in the memory of a device.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the call.</exception>
    public void FeatureMap(ReadOnlySpan<float> images, int count, int height, int width, int stage, Span<float> map)
    {
        var (mapHeight, mapWidth, channels) = FeatureMapShape(height, width, stage);
        Run(new ScoringRequest(Features: false, stage), images, count, height, width, checked(mapHeight * mapWidth * channels), map);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An image side is too small, or there is no such stage.</exception>
    public (int Height, int Width, int Channels) FeatureMapShape(int height, int width, int stage) => Config.FeatureMapShape(height, width, stage);

    /// <summary>Waits for the calls in progress, then frees the device memory. Later calls throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        if (!_gate.Close()) return;
        foreach (var replica in _replicas) replica.Dispose();
    }

    private void Run(ScoringRequest request, ReadOnlySpan<float> images, int count, int height, int width, int each, Span<float> results)
    {
        BatchChecks.CheckImages(Config, images.Length, count, height, width);
        results = ResultSpan.Check(results, count, each, nameof(results))[..(count * each)];
        using var pass = _gate.Enter();
        int devices = Math.Min(_replicas.Count, count);
        if (devices == 1)
        {
            _replicas[0].Score(request, images, count, height, width, results);
            return;
        }

        fixed (float* source = images, target = results)
        {
            var shared = new SharedBatch(request, (nint)source, (nint)target, count, height, width, each);
            Parallel.For(0, devices, new ParallelOptions { MaxDegreeOfParallelism = devices }, device => shared.Score(_replicas[device], device, devices));
        }
    }

    // A batch that is distributed over several devices in contiguous parts.
    private readonly record struct SharedBatch(ScoringRequest Request, nint Images, nint Results, int Count, int Height, int Width, int Each)
    {
        public void Score(Replica replica, int device, int devices)
        {
            int first = (int)((long)Count * device / devices), count = (int)((long)Count * (device + 1) / devices) - first;
            int imageFloats = FeatureShape.ImageChannels * Height * Width;
            var images = new ReadOnlySpan<float>((float*)Images + ((long)first * imageFloats), count * imageFloats);
            replica.Score(Request, images, count, Height, Width, new Span<float>((float*)Results + ((long)first * Each), count * Each));
        }
    }
}
