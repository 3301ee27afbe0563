using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>Weight or bias of a head that is trained on its own, with its optimizer state.</summary>
internal sealed class HeadPart
{
    private static readonly WorkerTeam _oneThread = new(1);
    private readonly ParameterRule _rule;
    private readonly float[]? _average;

    internal HeadPart(WeightTensor tensor, ParameterRule rule, bool hasAverage)
    {
        (Name, _rule) = (tensor.Name, rule);
        Values = [.. tensor.Values];
        (Gradients, FirstMoments, SecondMoments) = (new float[Values.Length], new float[Values.Length], new float[Values.Length]);
        if (hasAverage) _average = [.. Values];
    }

    internal string Name { get; }

    internal float[] Values { get; }

    internal float[] Gradients { get; }

    internal float[] FirstMoments { get; }

    internal float[] SecondMoments { get; }

    internal long Steps { get; private set; }

    internal bool IsFrozen { get; set; }

    /// <summary>The values, or their average.</summary>
    internal float[] Current(bool average) => !average
        ? Values
        : _average ?? throw new InvalidOperationException($"The engine has no average: it was created without {nameof(TrainingEngineSettings.AverageDecay)}.");

    internal void Import(TrainingEngineState state)
    {
        state.FirstMoments[Name].Values.CopyTo(FirstMoments.AsSpan());
        state.SecondMoments[Name].Values.CopyTo(SecondMoments.AsSpan());
        if (_average is not null) state.Average![Name].Values.CopyTo(_average.AsSpan());
        Steps = state.Steps[Name];
        Gradients.AsSpan().Clear();
    }

    /// <summary>Runs one AdamW step, which clears the gradients, and then updates the average.</summary>
    internal void Step(TrainingEngineSettings settings, double learningRate, float gradientScale)
    {
        if (!IsFrozen) Steps++;
        switch (SimdSupport.Best)
        {
            case SimdWidth.Bits512: Step<Lanes512>(settings, learningRate, gradientScale); break;
            case SimdWidth.Bits256: Step<Lanes256>(settings, learningRate, gradientScale); break;
            case SimdWidth.Bits128: Step<Lanes128>(settings, learningRate, gradientScale); break;
            default: Step<LanesScalar>(settings, learningRate, gradientScale); break;
        }
    }

    private unsafe void Step<TLanes>(TrainingEngineSettings settings, double learningRate, float gradientScale) where TLanes : unmanaged, ILanes<TLanes>
    {
        fixed (float* values = Values, gradients = Gradients, first = FirstMoments, second = SecondMoments, average = _average)
        {
            var piece = new AdamWPiece(Offset: 0, Values.Length, _rule.LearningRateScale, _rule.WeightDecay, IsFrozen ? 0 : Steps);
            var step = new AdamWStep
            {
                Parameters = values,
                Gradients = gradients,
                FirstMoments = first,
                SecondMoments = second,
                Pieces = &piece,
                LearningRate = learningRate,
                Beta1 = settings.Beta1,
                Beta2 = settings.Beta2,
                Epsilon = settings.Epsilon,
                GradientScale = gradientScale,
            };
            AdamW.Step<TLanes>(_oneThread, in step, pieces: 1);
            if (average != null) MovingAverage.Update<TLanes>(_oneThread, average, values, Values.Length, settings.AverageDecay!.Value);
        }
    }
}
