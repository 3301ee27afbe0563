using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Kernels;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines;

/// <summary>AdamW over all parameters of a network, each with its own rule; counts the steps.</summary>
internal sealed unsafe class Optimizer : IDisposable
{
    private readonly Network _network;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly int _pieceCount;
    private AdamWPiece* _pieces;
    private long _steps;

    public Optimizer(Network network, TrainingEngineSettings settings)
    {
        (_network, _beta1, _beta2, _epsilon) = (network, settings.Beta1, settings.Beta2, settings.Epsilon);
        var withoutRule = network.Parameters.Layouts.Select(layout => layout.Parameter.Name).Where(name => !settings.Rules.ContainsKey(name)).ToList();
        if (withoutRule.Count > 0) throw new ArgumentException($"Rules lacks {withoutRule.Count} parameter(s): {string.Join(", ", withoutRule)}.", nameof(settings));

        var pieces = new List<AdamWPiece>();
        foreach (var layout in network.Parameters.Layouts)
        {
            var rule = settings.Rules[layout.Parameter.Name];
            for (long done = 0; done < layout.Size; done += AdamW.PieceFloats)
                pieces.Add(new AdamWPiece(layout.Offset + done, (int)Math.Min(AdamW.PieceFloats, layout.Size - done), rule.LearningRateScale, rule.WeightDecay));
        }

        _pieceCount = pieces.Count;
        _pieces = (AdamWPiece*)NativeMemory.Alloc((nuint)_pieceCount, (nuint)sizeof(AdamWPiece));
        CollectionsMarshal.AsSpan(pieces).CopyTo(new Span<AdamWPiece>(_pieces, _pieceCount));
    }

    /// <summary>Bytes of native memory held here; the moments are the network's.</summary>
    public long Bytes => (long)_pieceCount * sizeof(AdamWPiece);

    /// <summary>One step with the accumulated gradients, which are cleared.</summary>
    public void Step(WorkerTeam team, double learningRate)
    {
        ObjectDisposedException.ThrowIf(_pieces == null, this);
        _steps++;
        var parameters = _network.Parameters;
        var step = new AdamWStep
        {
            Parameters = parameters.Values,
            Gradients = parameters.Gradients,
            FirstMoments = parameters.FirstMoments,
            SecondMoments = parameters.SecondMoments,
            Pieces = _pieces,
            LearningRate = learningRate,
            Beta1 = _beta1,
            Beta2 = _beta2,
            Epsilon = _epsilon,
            Correction1 = 1 - Math.Pow(_beta1, _steps),
            Correction2 = 1 - Math.Pow(_beta2, _steps),
        };
        _network.Step(team, in step, _pieceCount);
    }

    public void Dispose()
    {
        NativeMemory.Free(_pieces);
        _pieces = null;
    }
}
