using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>AdamW over all parameters of a network, each with its own rule and step count; optionally clips by the norm of all gradients.</summary>
internal sealed unsafe class Optimizer : IDisposable
{
    /// <summary>PyTorch's guard against division by zero when clipping.</summary>
    private const double ClippingEpsilon = 1e-6;

    private readonly Network _network;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly int[] _parameterOfPiece;
    private readonly long[] _steps;
    private readonly bool[] _frozen;
    private AdamWPiece* _pieces;
    private double* _squares;

    public Optimizer(Network network, TrainingEngineSettings settings)
    {
        (_network, _beta1, _beta2, _epsilon) = (network, settings.Beta1, settings.Beta2, settings.Epsilon);
        var layouts = network.Parameters.Layouts;
        var withoutRule = layouts.Select(layout => layout.Parameter.Name).Where(name => !settings.Rules.ContainsKey(name)).ToList();
        if (withoutRule.Count > 0)
            throw new ArgumentException($"Rules has no entry for {withoutRule.Count} parameter(s): {string.Join(", ", withoutRule)}.", nameof(settings));

        (_steps, _frozen) = (new long[layouts.Count], new bool[layouts.Count]);
        var pieces = new List<AdamWPiece>();
        var owners = new List<int>();
        for (int parameter = 0; parameter < layouts.Count; parameter++)
        {
            var layout = layouts[parameter];
            var rule = settings.Rules[layout.Parameter.Name];
            pieces.AddRange(AdamW.Split(layout.Offset, layout.Size, rule.LearningRateScale, rule.WeightDecay));
            owners.AddRange(Enumerable.Repeat(parameter, pieces.Count - owners.Count));
        }

        _parameterOfPiece = [.. owners];
        _pieces = (AdamWPiece*)NativeMemory.Alloc((nuint)pieces.Count, (nuint)sizeof(AdamWPiece));
        _squares = (double*)NativeMemory.Alloc((nuint)pieces.Count, sizeof(double));
        CollectionsMarshal.AsSpan(pieces).CopyTo(new Span<AdamWPiece>(_pieces, pieces.Count));
    }

    /// <summary>Bytes of native memory held here; the moments belong to the network.</summary>
    public long Bytes => (long)_parameterOfPiece.Length * (sizeof(AdamWPiece) + sizeof(double));

    /// <summary>Number of updates of each parameter, by name.</summary>
    public ImmutableDictionary<string, long> Steps =>
        _network.Parameters.Layouts.Select((layout, i) => KeyValuePair.Create(layout.Parameter.Name, _steps[i])).ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>Sets the number of updates of each parameter; the dictionary must have an entry for each.</summary>
    public void SetSteps(IReadOnlyDictionary<string, long> steps)
    {
        var layouts = _network.Parameters.Layouts;
        for (int i = 0; i < _steps.Length; i++) _steps[i] = steps[layouts[i].Parameter.Name];
    }

    /// <summary>Freezes the named parameters and unfreezes all others.</summary>
    public void SetFrozen(IReadOnlySet<string> names)
    {
        for (int i = 0; i < _frozen.Length; i++) _frozen[i] = names.Contains(_network.Parameters.Layouts[i].Parameter.Name);
    }

    /// <summary>Takes one step with the accumulated gradients and clears them; see <see cref="ITrainingEngine.ApplyGradients"/>.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="options">Learning rate and clipping.</param>
    /// <param name="applied">Whether the weights were changed.</param>
    public double? Step(WorkerTeam team, OptimizerStep options, out bool applied)
    {
        ObjectDisposedException.ThrowIf(_pieces == null, this);
        for (int i = 0; i < _parameterOfPiece.Length; i++)
        {
            int parameter = _parameterOfPiece[i];
            _pieces[i].Step = _frozen[parameter] ? 0 : _steps[parameter] + 1;
        }

        var parameters = _network.Parameters;
        var step = new AdamWStep
        {
            Parameters = parameters.Values,
            Gradients = parameters.Gradients,
            FirstMoments = parameters.FirstMoments,
            SecondMoments = parameters.SecondMoments,
            Pieces = _pieces,
            LearningRate = options.LearningRate,
            Beta1 = _beta1,
            Beta2 = _beta2,
            Epsilon = _epsilon,
            GradientScale = 1,
        };
        double? norm = null;
        if (options.MaxGradientNorm is { } limit)
        {
            norm = Norm(team, in step);
            step.GradientScale = (float)Math.Min(limit / (norm.Value + ClippingEpsilon), 1);
        }

        applied = norm is not { } measured || double.IsFinite(measured);
        if (!applied)
        {
            parameters.ClearGradients();
            return norm;
        }

        _network.Step(team, in step, _parameterOfPiece.Length);
        for (int i = 0; i < _steps.Length; i++)
            if (!_frozen[i]) _steps[i]++;
        return norm;
    }

    public void Dispose()
    {
        NativeMemory.Free(_pieces);
        NativeMemory.Free(_squares);
        _pieces = null;
        _squares = null;
    }

    private double Norm(WorkerTeam team, in AdamWStep step)
    {
        _network.MeasureGradients(team, in step, _parameterOfPiece.Length, _squares);
        double sum = 0;
        for (int i = 0; i < _parameterOfPiece.Length; i++) sum += _squares[i];
        return Math.Sqrt(sum);
    }
}
