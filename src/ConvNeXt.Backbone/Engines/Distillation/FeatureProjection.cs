using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines.Distillation;

/// <summary>A linear layer from a student's features to a teacher's, with a squared-error loss and its own optimizer state.</summary>
internal abstract unsafe class FeatureProjection : IDisposable
{
    /// <summary>Creates a projection whose parameters are zero. That is a valid start, as each output has targets of its own.</summary>
    /// <param name="name">Name of the layer, the prefix of its parameters.</param>
    /// <param name="inputs">Channels of the student.</param>
    /// <param name="outputs">Channels of the teacher.</param>
    /// <param name="rows">Maximum number of pixels in a batch.</param>
    /// <param name="weightDecay">Weight decay of the weight; the bias has none.</param>
    /// <param name="team">Threads.</param>
    /// <param name="simd">Vector width.</param>
    public static FeatureProjection Create(string name, int inputs, int outputs, int rows, double weightDecay, WorkerTeam team, SimdWidth simd) => simd switch
    {
        SimdWidth.Bits512 => new FeatureProjection<Lanes512>(name, inputs, outputs, rows, weightDecay, team),
        SimdWidth.Bits256 => new FeatureProjection<Lanes256>(name, inputs, outputs, rows, weightDecay, team),
        SimdWidth.Bits128 => new FeatureProjection<Lanes128>(name, inputs, outputs, rows, weightDecay, team),
        _ => new FeatureProjection<LanesScalar>(name, inputs, outputs, rows, weightDecay, team),
    };

    /// <summary>Bytes of native memory held.</summary>
    public abstract long Bytes { get; }

    /// <summary>The layer's parameters.</summary>
    public abstract IReadOnlyList<ParameterDescription> Parameters { get; }

    /// <summary>Computes the loss and adds its gradient, times a factor, to that of x and to the layer's own.</summary>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="rows">Pixels.</param>
    /// <param name="targets">[rows, outputs].</param>
    /// <param name="factor">Factor on the gradients.</param>
    /// <param name="dx">Gradient of x, added to.</param>
    public abstract double AddGradient(float* x, int rows, float* targets, double factor, float* dx);

    /// <summary>A step of AdamW; clears the gradients.</summary>
    public abstract void Step(in AdamWStep rule, long step);

    /// <summary>Clears the gradients.</summary>
    public abstract void ClearGradients();

    /// <summary>Copies weights or moments out.</summary>
    public abstract void Export(ProjectionPart part, WeightSet to);

    /// <summary>Copies weights or moments in.</summary>
    public abstract void Import(ProjectionPart part, WeightSet from);

    public abstract void Dispose();
}

/// <summary>The tensors that a projection has for each parameter.</summary>
internal enum ProjectionPart
{
    Values,
    Gradients,
    FirstMoments,
    SecondMoments,
}

/// <summary>A projection made for one vector width.</summary>
internal sealed unsafe class FeatureProjection<TLanes> : FeatureProjection where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly WorkerTeam _team;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly WeightLayout _weight;
    private readonly WeightLayout _bias;
    private readonly NativeArena[] _parts;
    private readonly NativeArena _memory;
    private readonly Scratch _scratch;
    private readonly float* _y;
    private readonly float* _transposed;
    private readonly float* _partials;
    private readonly double[] _sums;
    private readonly AdamWPiece[] _pieces;

    public FeatureProjection(string name, int inputs, int outputs, int rows, double weightDecay, WorkerTeam team)
    {
        (_inputs, _outputs, _team) = (inputs, outputs, team);
        var plan = new ArenaPlan();
        _weight = new WeightLayout(new ParameterDescription($"{name}.weight", [outputs, inputs]), Panels.Width<TLanes>(), plan);
        _bias = new WeightLayout(new ParameterDescription($"{name}.bias", [outputs]), Panels.Width<TLanes>(), plan);
        _pieces = [.. AdamW.Split(_weight.Offset, _weight.Size, learningRateScale: 1, weightDecay), .. AdamW.Split(_bias.Offset, _bias.Size, learningRateScale: 1, weightDecay: 0)];
        _parts = [.. Enum.GetValues<ProjectionPart>().Select(_ => new NativeArena(plan))];

        var temporary = new ArenaPlan();
        long y = temporary.Add((long)rows * outputs), transposed = temporary.Add(Panels.Size<TLanes>(inputs, outputs));
        long partials = temporary.Add(ColumnSums.PartialFloats(rows, outputs)), scratchFloats = WeightGradient.ScratchFloats<TLanes>();
        long scratch = temporary.Add(team.ThreadCount * scratchFloats);
        _memory = new NativeArena(temporary);
        _y = _memory.At(y);
        _transposed = _memory.At(transposed);
        _partials = _memory.At(partials);
        _scratch = new Scratch(team, _memory.At(scratch), scratchFloats);
        _sums = new double[SquaredError.PartialCount((long)rows * outputs)];
    }

    public override long Bytes => _memory.Bytes + _parts.Sum(part => part.Bytes);

    public override IReadOnlyList<ParameterDescription> Parameters => [_weight.Parameter, _bias.Parameter];

    public override double AddGradient(float* x, int rows, float* targets, double factor, float* dx)
    {
        var forward = new BiasEpilogue<TLanes> { Bias = At(ProjectionPart.Values, _bias), Output = _y, Stride = _outputs };
        MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(_team, x, _inputs, rows, At(ProjectionPart.Values, _weight), _inputs, _outputs, in forward);
        double loss;
        fixed (double* sums = _sums) loss = SquaredError.Run<TLanes>(_team, _y, targets, (long)rows * _outputs, factor, _y, sums);

        ColumnSums.Accumulate<TLanes>(_team, _y, rows, _outputs, _partials, At(ProjectionPart.Gradients, _bias));
        WeightGradient.Accumulate<TLanes>(_scratch, x, _inputs, _y, _outputs, rows, At(ProjectionPart.Gradients, _weight));
        Panels.Transpose<TLanes>(_team, At(ProjectionPart.Values, _weight), _outputs, _inputs, null, _transposed);
        var backward = new AddEpilogue<TLanes> { Output = dx, Stride = _inputs };
        MatrixProduct.Run<TLanes, AddEpilogue<TLanes>>(_team, _y, _outputs, rows, _transposed, _outputs, _inputs, in backward);
        return loss;
    }

    public override void Step(in AdamWStep rule, long step)
    {
        foreach (ref AdamWPiece piece in _pieces.AsSpan()) piece.Step = step;
        fixed (AdamWPiece* first = _pieces)
        {
            var own = rule;
            own.Parameters = Part(ProjectionPart.Values);
            own.Gradients = Part(ProjectionPart.Gradients);
            own.FirstMoments = Part(ProjectionPart.FirstMoments);
            own.SecondMoments = Part(ProjectionPart.SecondMoments);
            own.Pieces = first;
            own.GradientScale = 1;
            AdamW.Step<TLanes>(_team, in own, _pieces.Length);
        }
    }

    public override void ClearGradients() => _parts[(int)ProjectionPart.Gradients].Clear();

    public override void Export(ProjectionPart part, WeightSet to)
    {
        foreach (var layout in new[] { _weight, _bias }) to.Add(new WeightTensor(layout.Parameter.Name, layout.Parameter.Shape, layout.Export(Part(part))));
    }

    public override void Import(ProjectionPart part, WeightSet from)
    {
        foreach (var layout in new[] { _weight, _bias }) layout.Import(from[layout.Parameter.Name].Values, Part(part));
    }

    public override void Dispose()
    {
        foreach (var part in _parts) part.Dispose();
        _memory.Dispose();
    }

    private float* Part(ProjectionPart part) => _parts[(int)part].At(0);

    private float* At(ProjectionPart part, WeightLayout layout) => Part(part) + layout.Offset;
}
