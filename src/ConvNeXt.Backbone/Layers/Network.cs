using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>A network compiled for one vector width, as engines use it.</summary>
internal abstract unsafe class Network : IDisposable
{
    protected Network(NetworkParameters parameters) => Parameters = parameters;

    /// <summary>Smallest image side that all stages accept.</summary>
    public int SmallestSide => FeatureShape.SmallestSide(Config);

    public NetworkParameters Parameters { get; }

    public ConvNeXtConfig Config => Parameters.Config;

    /// <summary>Creates the network of a configuration, with all parameters zero.</summary>
    public static Network Create(ConvNeXtConfig config, bool forTraining, SimdWidth width)
    {
        ArgumentNullException.ThrowIfNull(config);
        NetworkParts.Refuse(config, "The managed engine");
        return width switch
        {
            SimdWidth.Bits512 => new Network<Lanes512>(config, forTraining),
            SimdWidth.Bits256 => new Network<Lanes256>(config, forTraining),
            SimdWidth.Bits128 => new Network<Lanes128>(config, forTraining),
            _ => new Network<LanesScalar>(config, forTraining),
        };
    }

    /// <summary>
    /// Permanently merges norms and layer scales into the adjacent linear layers. The network then scores faster, its parameters are no longer the official
    /// ones, and it cannot be trained.
    /// </summary>
    public abstract void Fold(WorkerTeam team);

    /// <summary>Permanently rounds the weights of blocks and downsampling layers to 8 bits for scoring; the network must be folded.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="kind">Instructions of the products.</param>
    /// <param name="single">Names of the layers that stay in float32, as <see cref="QuantizedLayerNames"/> returns them.</param>
    public abstract void Quantize(WorkerTeam team, DotKind kind, IReadOnlySet<string> single);

    /// <summary>Scores in float32 and reports for each quantized block how far rounding moves what it adds to its input.</summary>
    /// <param name="workspace">Memory.</param>
    /// <param name="images">Images, as in <see cref="Score"/>.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="height">Height.</param>
    /// <param name="width">Width.</param>
    /// <param name="errors">Receives the sums of each block, in order; they are added to.</param>
    public abstract void MeasureQuantization(ScoringWorkspace workspace, float* images, int count, int height, int width, Span<BlockError> errors);

    /// <summary>Bytes of the 8-bit weights.</summary>
    public long QuantizedBytes => QuantizedMemory?.Bytes ?? 0;

    /// <summary>Names of the layers that can be quantized: the blocks of all stages and the downsampling layers, in the order of the network.</summary>
    public static IEnumerable<string> QuantizedLayerNames(ConvNeXtConfig config)
    {
        for (int stage = 0; stage < config.Depths.Length; stage++)
        {
            if (stage > 0) yield return DownsamplingName(stage);
            for (int block = 0; block < config.Depths[stage]; block++) yield return ParameterTable.BlockName(config, stage, block);
        }
    }

    /// <summary>Buffer sizes for scoring this many images at once.</summary>
    public abstract ScoringSizes MeasureScoring(WorkerTeam team, int images, int height, int width);

    /// <summary>Scores images, running only as far as the requested results require.</summary>
    public abstract void Score(ScoringWorkspace workspace, float* images, int count, int height, int width, in ScoringResults results);

    /// <summary>Allocates the memory for training passes.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="images">Maximum number of images in a batch.</param>
    /// <param name="height">Maximum image height.</param>
    /// <param name="width">Maximum image width.</param>
    /// <param name="recomputes">Whether only the blocks' inputs are kept and backward recomputes the other activations.</param>
    public abstract TrainingWorkspace PlanTraining(WorkerTeam team, int images, int height, int width, bool recomputes);

    /// <summary>Forward in training mode; writes the logits to the workspace.</summary>
    public abstract void Forward(TrainingWorkspace workspace, float* images, int count, int height, int width, bool dropPaths, Action? checkAlive);

    /// <summary>The lowest layer that is trained; <see cref="Backward"/> stops after it.</summary>
    public LayerPosition LowestTrained { get; set; } = LayerPosition.Stem;

    /// <summary>
    /// Backward from the gradient of the logits in the workspace, and from losses at the outputs of stages if there are any, down to
    /// <see cref="LowestTrained"/>; adds to the gradients of all parameters on the way. <c>finished</c> is called when those of a layer are complete.
    /// </summary>
    public abstract void Backward(
        TrainingWorkspace workspace, float* images, int count, int height, int width, bool dropPaths, Action? checkAlive, IStageLosses? losses = null,
        Action<LayerPosition>? finished = null);

    /// <summary>One AdamW step.</summary>
    public abstract void Step(WorkerTeam team, in AdamWStep step, int pieces);

    /// <summary>Writes the squared gradient norm of each piece; 0 for frozen pieces.</summary>
    public abstract void MeasureGradients(WorkerTeam team, in AdamWStep step, int pieces, double* squares);

    /// <summary>Updates a moving average of the weights, in memory of the same layout.</summary>
    public abstract void MoveAverage(WorkerTeam team, float* average, double decay);

    /// <summary>Memory of the 8-bit weights.</summary>
    protected NativeArena? QuantizedMemory { get; set; }

    public void Dispose()
    {
        Parameters.Dispose();
        QuantizedMemory?.Dispose();
    }

    /// <summary>Name of the downsampling layer before a stage, from 1.</summary>
    protected static string DownsamplingName(int stage) => FormattableString.Invariant($"downsample_layers.{stage}");
}

/// <summary>The layers in reading order: stem, stages of blocks with downsampling between them, head.</summary>
internal sealed unsafe class Network<TLanes> : Network where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly Stem<TLanes> _stem;
    private readonly Downsampling<TLanes>[] _downsampling;
    private readonly Block<TLanes>[][] _stages;
    private readonly Head<TLanes> _head;

    public Network(ConvNeXtConfig config, bool forTraining)
        : base(new NetworkParameters(config, Panels.Width<TLanes>(), forTraining))
    {
        _stem = Stem<TLanes>.Create(Parameters);
        _downsampling = [.. Enumerable.Range(1, config.Widths.Length - 1).Select(stage => new Downsampling<TLanes>(Parameters, stage))];
        _stages = [.. config.Depths.Select((depth, stage) => Enumerable.Range(0, depth).Select(block => NewBlock(stage, block)).ToArray())];
        _head = new Head<TLanes>(Parameters);

        Block<TLanes> NewBlock(int stage, int block) => new(Parameters, ParameterTable.BlockName(config, stage, block), config.Widths[stage]);
    }

    public IReadOnlyList<Block<TLanes>> BlocksOf(int stage) => _stages[stage];

    /// <summary>The downsampling layer before a stage, from 1.</summary>
    public Downsampling<TLanes> DownsamplingOf(int stage) => _downsampling[stage - 1];

    public override void Fold(WorkerTeam team)
    {
        foreach (var downsampling in _downsampling) downsampling.Fold(team);
        foreach (var block in _stages.SelectMany(stage => stage)) block.Fold(team);
    }

    public override void Quantize(WorkerTeam team, DotKind kind, IReadOnlySet<string> single)
    {
        var kernels = QuantizedKernels<TLanes>.Create(kind);
        var plan = new ArenaPlan();
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            if (stage > 0 && !single.Contains(DownsamplingName(stage))) _downsampling[stage - 1].PlanQuantized(kernels, plan);
            for (int block = 0; block < _stages[stage].Length; block++)
                if (!single.Contains(ParameterTable.BlockName(Config, stage, block))) _stages[stage][block].PlanQuantized(kernels, plan);
        }

        QuantizedMemory = new NativeArena(plan);
        foreach (var downsampling in _downsampling) downsampling.Quantize(team, QuantizedMemory);
        foreach (var block in _stages.SelectMany(stage => stage)) block.Quantize(team, QuantizedMemory);
    }

    public override ScoringSizes MeasureScoring(WorkerTeam team, int images, int height, int width)
    {
        var shape = FeatureShape.AfterStem(Config, images, height, width);
        long stream = _stem.BetweenFloats(images, height, width), patches = _stem.PatchFloats(images, height, width), hidden = 0, scratch = 0;
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            if (stage > 0)
            {
                patches = Math.Max(patches, Downsampling<TLanes>.PatchFloats(shape));
                shape = shape.AfterDownsampling(Config.Widths[stage]);
                hidden = Math.Max(hidden, _downsampling[stage - 1].HiddenFloats(shape));
            }

            stream = Math.Max(stream, shape.Size);
            foreach (var block in _stages[stage])
            {
                hidden = Math.Max(hidden, block.HiddenFloats(team, shape));
                scratch = Math.Max(scratch, block.ScratchFloats(shape));
            }
        }

        return new ScoringSizes(stream, patches, hidden, Head<TLanes>.VectorFloats(Config, images), scratch);
    }

    public override void Score(ScoringWorkspace workspace, float* images, int count, int height, int width, in ScoringResults results) =>
        Score(workspace, images, count, height, width, in results, []);

    public override void MeasureQuantization(ScoringWorkspace workspace, float* images, int count, int height, int width, Span<BlockError> errors) =>
        Score(workspace, images, count, height, width, default, errors);

    // With errors, every block runs in float32, and the quantized ones also in 8 bits from the same input.
    private void Score(ScoringWorkspace workspace, float* images, int count, int height, int width, in ScoringResults results, Span<BlockError> errors)
    {
        var team = workspace.Scratch.Team;
        var shape = FeatureShape.AfterStem(Config, count, height, width);
        var kept = new StemActivations { Convolved = workspace.Stream, Between = workspace.Spare };
        _stem.Forward(team, images, height, width, shape, workspace.Patches, kept, workspace.Stream);
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            if (stage > 0)
            {
                var from = shape;
                shape = from.AfterDownsampling(Config.Widths[stage]);
                _downsampling[stage - 1].Forward(team, workspace.Stream, from, shape, workspace.Spare, workspace.Patches, workspace.Hidden, workspace.Stream);
            }

            foreach (var block in _stages[stage])
            {
                if (errors.IsEmpty)
                {
                    block.Forward(workspace.Scratch, workspace.Stream, shape, workspace.Spare, workspace.Hidden);
                    continue;
                }

                MeasureBlock(workspace, block, shape, ref errors[0]);
                errors = errors[1..];
            }

            if (results.Statistics != null) StageStatistics.Write(Config, stage, workspace.Stream, shape, results.Statistics);
            if (results.Map != null && results.MapStage == stage)
            {
                Buffer.MemoryCopy(workspace.Stream, results.Map, shape.Size * sizeof(float), shape.Size * sizeof(float));
                return;
            }
        }

        var head = workspace.Head;
        if (results.Features != null) head.Features = results.Features;
        _head.Forward(team, workspace.Stream, shape, workspace.Stream, head, results.Logits);
    }

    private static void MeasureBlock(ScoringWorkspace workspace, Block<TLanes> block, in FeatureShape shape, ref BlockError error)
    {
        var input = new Span<float>(workspace.Stream, checked((int)shape.Size)).ToArray();
        var rounded = new float[input.Length];
        block.Forward(workspace.Scratch, workspace.Stream, shape, workspace.Spare, workspace.Hidden);
        new Span<float>(workspace.Stream, rounded.Length).CopyTo(rounded);
        input.CopyTo(new Span<float>(workspace.Stream, input.Length));
        block.ForwardSingle(workspace.Scratch, workspace.Stream, shape, workspace.Spare, workspace.Hidden);
        error.Add(input, new Span<float>(workspace.Stream, input.Length), rounded);
    }

    public override TrainingWorkspace PlanTraining(WorkerTeam team, int images, int height, int width, bool recomputes)
    {
        var shapes = FeatureShape.OfStages(Config, images, height, width);
        var sizes = new BackwardSizes
        {
            Wide = _stem.PatchFloats(images, height, width),
            Transposed = Math.Max(_head.TransposedFloats, _stem.TransposedFloats),
            Sums = Config.Widths.Max(),
            TurnedKernel = (long)DepthwiseConvolution.Taps * Config.Widths.Max(),
            Partials = Math.Max(_stem.PartialFloats(images, height, width), Head<TLanes>.PartialFloats(Config, images)),
            HeadVector = Head<TLanes>.VectorFloats(Config, images),
            StemBetween = _stem.BetweenFloats(images, height, width),
            ScratchPerWorker = LinearLayer<TLanes>.ScratchFloats,
        };
        for (int stage = 0; stage < shapes.Length; stage++)
        {
            var shape = shapes[stage];
            var block = _stages[stage][0];
            sizes = sizes.CoverBlock(block.MeasureBackward(shape, recomputes), shape, block.HiddenFloats(team, shape), block.ScratchFloats(shape));
            if (stage > 0) sizes = sizes.CoverDownsampling(shapes[stage - 1], Downsampling<TLanes>.PatchFloats(shapes[stage - 1]), _downsampling[stage - 1].TransposedFloats);
        }

        return new TrainingWorkspace(team, Config, images, height, width, sizes, recomputes);
    }

    public override void Forward(TrainingWorkspace workspace, float* images, int count, int height, int width, bool dropPaths, Action? checkAlive)
    {
        var scratch = workspace.Buffers.Scratch;
        var shapes = FeatureShape.OfStages(Config, count, height, width);
        float* keep = dropPaths ? workspace.Keep : null;
        _stem.Forward(scratch.Team, images, height, width, shapes[0], workspace.Buffers.Wide, workspace.Stem, workspace.Input(0, 0));
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            if (stage > 0)
            {
                _downsampling[stage - 1].Forward(
                    scratch.Team, workspace.Input(stage - 1, _stages[stage - 1].Length), shapes[stage - 1], shapes[stage], workspace.Buffers.Narrow, workspace.Buffers.Wide, workspace.Input(stage, 0));
            }

            for (int block = 0; block < _stages[stage].Length; block++)
            {
                checkAlive?.Invoke();
                var kept = workspace.Block(stage, block);
                if (kept.Convolved == null) kept.Convolved = workspace.Buffers.Narrow;
                _stages[stage][block].Forward(
                    scratch, workspace.Input(stage, block), shapes[stage], kept, keep, workspace.Hidden, workspace.Input(stage, block + 1));
                if (keep != null) keep += count;
            }
        }

        float* last = workspace.Input(_stages.Length - 1, _stages[^1].Length);
        _head.Forward(scratch.Team, last, shapes[^1], workspace.Buffers.Narrow, workspace.Head, workspace.Logits);
    }

    public override void Backward(
        TrainingWorkspace workspace, float* images, int count, int height, int width, bool dropPaths, Action? checkAlive, IStageLosses? losses = null,
        Action<LayerPosition>? finished = null)
    {
        var shapes = FeatureShape.OfStages(Config, count, height, width);
        float* keep = dropPaths ? workspace.Keep + ((long)Config.Depths.Sum() * count) : null;
        float* last = workspace.Input(_stages.Length - 1, _stages[^1].Length);
        _head.Backward(workspace.Buffers, workspace.LogitGradient, last, shapes[^1], workspace.Head, workspace.Gradient);
        finished?.Invoke(LayerPosition.Head);
        for (int stage = _stages.Length - 1; stage >= 0; stage--)
        {
            losses?.AddGradient(stage, workspace.Input(stage, _stages[stage].Length), shapes[stage], workspace.Gradient);
            for (int block = _stages[stage].Length - 1; block >= 0; block--)
            {
                if (new LayerPosition(stage, block) < LowestTrained) return;
                checkAlive?.Invoke();
                if (keep != null) keep -= count;
                _stages[stage][block].Backward(workspace.Buffers, workspace.Input(stage, block), shapes[stage], workspace.Block(stage, block), keep, workspace.Gradient);
                finished?.Invoke(new LayerPosition(stage, block));
            }

            if (new LayerPosition(stage, LayerPosition.BeforeBlocks) < LowestTrained) return;
            if (stage == 0) break;
            _downsampling[stage - 1].Backward(workspace.Buffers, workspace.Input(stage - 1, _stages[stage - 1].Length), shapes[stage - 1], shapes[stage], workspace.Gradient);
            finished?.Invoke(new LayerPosition(stage, LayerPosition.BeforeBlocks));
        }

        _stem.Backward(workspace.Buffers, images, height, width, shapes[0], workspace.Stem, workspace.Gradient);
        finished?.Invoke(LayerPosition.Stem);
    }

    public override void Step(WorkerTeam team, in AdamWStep step, int pieces) => AdamW.Step<TLanes>(team, in step, pieces);

    public override void MeasureGradients(WorkerTeam team, in AdamWStep step, int pieces, double* squares) => GradientNorm.Squares<TLanes>(team, in step, pieces, squares);

    public override void MoveAverage(WorkerTeam team, float* average, double decay) => MovingAverage.Update<TLanes>(team, average, Parameters.Values, Parameters.Floats, decay);
}
