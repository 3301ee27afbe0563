using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Backbone.TorchSharp.Roadmap;
using ConvNeXt.Backbone.TorchSharp.Training;
using ConvNeXt.Backbone.Weights;
using TorchSharp;
using Device = TorchSharp.torch.Device;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp;

/// <summary>
/// Trains on a GPU or the CPU with TorchSharp. Weights, gradients, moments and average are float32 tensors on the device, each contiguous; layers that compute
/// in bfloat16 use a copy of the weights. A batch that does not fit in the device's memory is computed in parts, unless the network has batch norms, whose
/// results depend on the whole batch.
/// </summary>
internal sealed class TorchTrainingEngine : ITrainingEngine
{
    private readonly TrainingPlan _plan;
    private readonly DeviceOptions _options;
    private readonly ITorchDevices _devices;
    private readonly Device _device;
    private readonly ScalarType _body;
    private readonly FlatLayout _layout;
    private readonly FlatTensor _weights;
    private readonly TorchAdamW _optimizer;
    private readonly ParameterViews _views;
    private readonly FlatTensor? _average;
    private readonly ParameterViews? _averageViews;
    private readonly double _averageDecay;
    private readonly StagingMemory _staging;
    private readonly RunningStatistics _statistics = new();
    private readonly MemoryLimit _trainingLimit;
    private readonly MemoryLimit _scoringLimit;
    private readonly float[] _dropPathRates;
    private readonly long _activationBytes;
    private readonly bool _computesWholeBatches;
    private readonly IGradientExchange? _exchange;
    private readonly UsageGate _gate;

    /// <summary>Copies the weights to the device and allocates the memory of the optimizer.</summary>
    /// <param name="settings">Settings of the engine. The number of threads and activation checkpointing are ignored: a batch that does not fit is split
    /// instead.</param>
    /// <param name="options">Device and precision; only the first device is used. Null for float32 on the CPU.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected or of the wrong shape; the message lists all of them.</exception>
    /// <exception cref="ArgumentException">A setting is out of its range, or a parameter has no rule.</exception>
    /// <exception cref="EngineUnavailableException">libtorch cannot be loaded, there is no such device, or it computes wrong results; the message says
    /// which.</exception>
    public TorchTrainingEngine(TrainingEngineSettings settings, DeviceOptions? options = null)
        : this(settings, options ?? new DeviceOptions(), TorchDevices.Instance)
    {
    }

    internal TorchTrainingEngine(TrainingEngineSettings settings, DeviceOptions options, ITorchDevices devices)
    {
        _plan = new TrainingPlan(settings);
        (Config, _options, _devices, _gate) = (settings.Config, options, devices, new UsageGate(this));
        _exchange = settings.Exchange;
        _layout = new FlatLayout(Config, settings.Rules);
        _device = DeviceChoice.Resolve(options, devices)[0];
        RefuseUnsupported();
        if (options.SelfCheck && Config.Parts is null)
        {
            var trusting = options with { SelfCheck = false };
            SelfCheck.Training(Config, options.Precision, small => new TorchTrainingEngine(small, trusting, devices), _device);
        }

        _body = options.Precision == ComputePrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        _computesWholeBatches = Config.Parts is { HasBatchNorm: true };
        _staging = new StagingMemory(_device);
        _trainingLimit = new MemoryLimit(_computesWholeBatches ? settings.BatchSize : Math.Min(settings.BatchSize, options.LargestPart), _device.ToString());
        _scoringLimit = new MemoryLimit(options.LargestPart, _device.ToString());
        _dropPathRates = [.. DropPath.Rates(Config)];
        _activationBytes = ActivationBytes(settings, _body);
        try
        {
            _weights = new FlatTensor(_layout, _device);
            _weights.Import(settings.Weights);
            _optimizer = new TorchAdamW(_layout, _weights, settings, _device);
            _views = new ParameterViews(Config, _layout, _weights, _body);
            if (settings.AverageDecay is { } decay)
            {
                _averageDecay = decay;
                _average = new FlatTensor(_layout, _device);
                _average.Import(settings.Weights);
                _averageViews = new ParameterViews(Config, _layout, _average, _body);
            }
        }
        catch (Exception e)
        {
            Free(_weights, _optimizer, _views, _average, _averageViews);
            if (MemoryLimit.IsOutOfMemory(e)) throw MemoryLimit.NetworkTooLarge(Config, _device.ToString(), e);
            throw;
        }

        foreach (var slot in _layout.Slots) _views[slot.Name].requires_grad = !slot.Frozen;
    }

    /// <inheritdoc/>
    public ConvNeXtConfig Config { get; }

    /// <summary>Bytes on the device: the memory held, plus an estimate of the activations of a planned batch (which libtorch allocates itself).</summary>
    public long WorkspaceBytes =>
        _weights.Bytes + _optimizer.Bytes + _views.Bytes + (_average?.Bytes ?? 0) + (_averageViews?.Bytes ?? 0) + _activationBytes;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch is larger than planned, or one of its arrays is too short.</exception>
    /// <exception cref="DeviceMemoryException">The batch does not fit in the memory of the device and must not be split, or not even one image fits; gradients
    /// are cleared.</exception>
    public double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null)
    {
        _plan.Check(batch);
        using var pass = _gate.Enter();
        try
        {
            double loss = 0;
            for (int first = 0; first < batch.Count;)
            {
                int part = Math.Min(batch.Count - first, _trainingLimit.PartOf(batch.Height, batch.Width));
                try
                {
                    loss += AccumulatePart(batch, first, part, checkAlive);
                    first += part;
                }
                catch (Exception e) when (MemoryLimit.IsOutOfMemory(e))
                {
                    int half = _trainingLimit.Halve(part, batch.Count, batch.Height, batch.Width, e);
                    if (!_options.SplitTrainingBatches || _computesWholeBatches || batch.Objective?.AtStages is not null)
                        throw _trainingLimit.TooLarge(batch.Count, FindFitting(batch, half), batch.Height, batch.Width, e);
                }
            }

            return loss;
        }
        catch
        {
            ClearStep();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite, or the maximum gradient norm is not positive.</exception>
    public double? ApplyGradients(OptimizerStep step)
    {
        TrainingPlan.Check(step);
        using var pass = _gate.Enter();
        if (_exchange is not null) _optimizer.Exchange(_exchange);
        double? norm = _optimizer.Step(step, out bool applied);
        if (!applied)
        {
            _statistics.Clear();
            return norm;
        }

        _statistics.Apply();
        _views.Follow();
        MoveAverage();
        return norm;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    /// <exception cref="DeviceMemoryException">Not even a single image fits in the memory of the device.</exception>
    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false)
    {
        BatchChecks.CheckImages(Config, images.Length, count, height, width);
        Span<float> results = ResultSpan.Check(logits, count, Config.ClassCount, nameof(logits))[..(count * Config.ClassCount)];
        using var pass = _gate.Enter();
        ParameterViews views = average ? AverageViews : _views;
        int each = FeatureShape.ImageChannels * height * width;
        for (int first = 0; first < count;)
        {
            int part = Math.Min(count - first, _scoringLimit.PartOf(height, width));
            try
            {
                ScorePart(
                    views, images.Slice(first * each, part * each), part, height, width,
                    results.Slice(first * Config.ClassCount, part * Config.ClassCount));
                first += part;
            }
            catch (Exception e) when (MemoryLimit.IsOutOfMemory(e))
            {
                _scoringLimit.Halve(part, count, height, width, e);
            }
        }
    }

    /// <inheritdoc/>
    public WeightSet ExportWeights(bool average = false)
    {
        using var pass = _gate.Enter();
        return WeightsOf(average).Export();
    }

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">The tensors of the destination do not match the network.</exception>
    public void ExportWeights(WeightSet destination, bool average = false)
    {
        WeightCheck.Require(Config, destination);
        using var pass = _gate.Enter();
        WeightsOf(average).Export(destination);
    }

    /// <inheritdoc/>
    public WeightSet ExportGradients()
    {
        using var pass = _gate.Enter();
        return _optimizer.Gradients.Export();
    }

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected or of the wrong shape; the message lists all of them.</exception>
    public void ImportWeights(WeightSet weights)
    {
        WeightCheck.Require(Config, weights);
        using var pass = _gate.Enter();
        _weights.Import(weights);
        _views.Follow();
    }

    /// <inheritdoc/>
    public TrainingEngineState ExportState()
    {
        using var pass = _gate.Enter();
        return new TrainingEngineState
        {
            Weights = _weights.Export(),
            FirstMoments = _optimizer.FirstMoments.Export(),
            SecondMoments = _optimizer.SecondMoments.Export(),
            Average = _average?.Export(),
            Steps = _optimizer.Steps,
        };
    }

    /// <inheritdoc/>
    public void ImportState(TrainingEngineState state)
    {
        _plan.Check(state);
        using var pass = _gate.Enter();
        _optimizer.SetSteps(state.Steps);
        _weights.Import(state.Weights);
        _optimizer.FirstMoments.Import(state.FirstMoments);
        _optimizer.SecondMoments.Import(state.SecondMoments);
        if (state.Average is not null) _average!.Import(state.Average);
        ClearStep();
        _views.Follow();
        _averageViews?.Follow();
    }

    /// <inheritdoc/>
    public void SetFrozen(IReadOnlySet<string> parameters)
    {
        _plan.CheckNames(parameters);
        using var pass = _gate.Enter();
        foreach (var slot in _layout.Slots)
        {
            slot.Frozen = parameters.Contains(slot.Name);
            _views[slot.Name].requires_grad = !slot.Frozen;
        }

        _optimizer.ClearFrozen();
    }

    /// <summary>Waits for the calls in progress and frees the device memory.</summary>
    public void Dispose()
    {
        if (!_gate.Close()) return;
        Free(_weights, _optimizer, _views, _average, _averageViews, _staging, _statistics);
    }

    private ParameterViews AverageViews => _averageViews ?? throw TrainingPlan.NoAverage();

    private FlatTensor WeightsOf(bool average) => !average ? _weights : _average ?? throw TrainingPlan.NoAverage();

    private void MoveAverage()
    {
        if (_average is null) return;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using Scalar decay = _averageDecay, rest = 1 - _averageDecay;
        _average.Values.mul_(decay);
        _average.Values.add_(_weights.Values, rest);
        _averageViews!.Follow();
    }

    private static void Free(params ReadOnlySpan<IDisposable?> parts)
    {
        foreach (var part in parts) part?.Dispose();
    }

    // Forward and backward for a part of a batch; returns its share of the batch's mean loss. If memory runs out, no gradients are added.
    private double AccumulatePart(TrainingBatch batch, int first, int count, Action? checkAlive)
    {
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.enable_grad();
        using var mode = Float32Mode.Enter(_options.Precision);
        _devices.Computing(count);
        int each = FeatureShape.ImageChannels * batch.Height * batch.Width, classes = Config.ClassCount;
        using var upload = _staging.Upload(batch.Images.AsSpan(first * each, count * each), [count, batch.Height, batch.Width, FeatureShape.ImageChannels]);
        var stages = new List<(int Stage, Tensor Output)>();
        var options = new ForwardOptions
        {
            Body = _body,
            Stream = ScalarType.Float32,
            Keep = KeepFactors(batch, first, count),
            StageOutput = batch.Objective?.AtStages is null ? null : (stage, output) => stages.Add((stage, output)),
            CheckAlive = checkAlive,
        };
        Tensor logits = _devices.Computed(_views.Logits(upload.Tensor, options, _statistics));
        var trained = _layout.Slots.Where(slot => !slot.Frozen).ToList();
        var part = new BatchPart(first, count);
        var (loss, sources) = batch.Objective is null
            ? CrossEntropy.Sources(logits, batch, part, _device)
            : HostObjective.Sources(logits, stages, batch, part, trained.Select(slot => LayerPosition.Of(slot.Name)).Append(LayerPosition.Head).Min(), _device);
        Tensor[] added = trained.Count == 0 ? [] : [.. torch.autograd.grad(sources.Outputs, [.. trained.Select(slot => _views[slot.Name])], sources.Gradients)];
        if (batch.Logits is not null) TensorTransfer.Read(logits.detach(), batch.Logits.AsSpan(first * classes, count * classes));
        checkAlive?.Invoke();
        if (added.Length > 0) _optimizer.Add(added); // last: a part that failed anywhere is computed again
        return loss;
    }

    private Tensor? KeepFactors(TrainingBatch batch, int first, int count)
    {
        if (batch.DropPathDraws is null || Config.DropPathRate == 0) return null;
        var keep = new float[_dropPathRates.Length * count];
        for (int i = 0; i < keep.Length; i++)
        {
            int block = i / count, image = first + (i % count);
            keep[i] = DropPath.KeepFactor(_dropPathRates[block], batch.DropPathDraws[(block * batch.Count) + image]);
        }

        return TensorTransfer.Upload(keep, [_dropPathRates.Length, count], _device);
    }

    private void ScorePart(ParameterViews views, ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var mode = Float32Mode.Enter(_options.Precision);
        _devices.Computing(count);
        using var upload = _staging.Upload(images, [count, height, width, FeatureShape.ImageChannels]);
        var options = new ForwardOptions { Body = _body, Stream = ScalarType.Float32, InPlace = true };
        TensorTransfer.Read(views.Logits(upload.Tensor, options), logits);
    }

    private void ClearStep()
    {
        _optimizer.Clear();
        _statistics.Clear();
    }

    private void RefuseUnsupported()
    {
        if (Config.Parts is { HasBatchNorm: true } && _exchange is not null)
            throw new ArgumentException($"{Config.Name} has batch norms, whose averages would differ between the ranks of a distributed run; train it with one rank.");
        if (Config.Parts is not null && _options.Precision == ComputePrecision.BFloat16)
        {
            throw new ArgumentException(
                $"{Config.Name} is trained in {nameof(ComputePrecision.Single)} or {nameof(ComputePrecision.TensorFloat32)}; "
                + $"{nameof(ComputePrecision.BFloat16)} is for ConvNeXt networks.");
        }
    }

    // Finds a number of images that fits, by halving. The caller clears the gradients that this adds.
    private int FindFitting(TrainingBatch batch, int part)
    {
        while (true)
        {
            try
            {
                AccumulatePart(batch, 0, part, null);
                return part;
            }
            catch (Exception e) when (MemoryLimit.IsOutOfMemory(e))
            {
                part = _trainingLimit.Halve(part, batch.Count, batch.Height, batch.Width, e);
            }
        }
    }

    // What libtorch keeps for backward, per channel and pixel of a block: the inputs of the convolution, the norm, both linear layers and GELU, and the
    // branch before layer scale and drop path; with a response norm also its input and output.
    private static long ActivationBytes(TrainingEngineSettings settings, ScalarType body)
    {
        const long keptOfBlock = 13, keptOfResponseNorm = 8;
        long perChannel = keptOfBlock + (settings.Config.GlobalResponseNorm ? keptOfResponseNorm : 0), floats = 0;
        var shapes = FeatureShape.OfStages(settings.Config, settings.BatchSize, settings.Height, settings.Width);
        for (int stage = 0; stage < shapes.Length; stage++) floats += perChannel * settings.Config.Depths[stage] * shapes[stage].Size;
        return floats * (body == ScalarType.BFloat16 ? sizeof(short) : sizeof(float));
    }
}
