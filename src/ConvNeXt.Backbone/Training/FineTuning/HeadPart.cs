using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>Weight or bias of a head that is trained alone, with its optimizer state.</summary>
internal sealed class HeadPart
{
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
        : _average ?? throw new InvalidOperationException($"The engine holds no average of the weights: it was made without {nameof(TrainingEngineSettings.AverageDecay)}.");

    internal void Import(TrainingEngineState state)
    {
        state.FirstMoments[Name].Values.CopyTo(FirstMoments.AsSpan());
        state.SecondMoments[Name].Values.CopyTo(SecondMoments.AsSpan());
        if (_average is not null) state.Average![Name].Values.CopyTo(_average.AsSpan());
        Steps = state.Steps[Name];
        Gradients.AsSpan().Clear();
    }

    /// <summary>A step of AdamW as torch.optim.AdamW takes it, then the average follows.</summary>
    internal void Step(TrainingEngineSettings settings, double learningRate, float gradientScale)
    {
        if (!IsFrozen)
        {
            Steps++;
            double rate = learningRate * _rule.LearningRateScale;
            float beta1 = (float)settings.Beta1, rest1 = (float)(1 - settings.Beta1), beta2 = (float)settings.Beta2, rest2 = (float)(1 - settings.Beta2);
            float shrink = (float)(1 - (rate * _rule.WeightDecay)), stride = (float)(rate / (1 - Math.Pow(settings.Beta1, Steps)));
            float inverseRoot = (float)(1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, Steps))), epsilon = (float)settings.Epsilon;
            for (int i = 0; i < Values.Length; i++)
            {
                float gradient = gradientScale * Gradients[i];
                FirstMoments[i] = (beta1 * FirstMoments[i]) + (rest1 * gradient);
                SecondMoments[i] = (beta2 * SecondMoments[i]) + (rest2 * gradient * gradient);
                Values[i] = (Values[i] * shrink) - (stride * FirstMoments[i] / ((MathF.Sqrt(SecondMoments[i]) * inverseRoot) + epsilon));
            }
        }
        if (_average is null) return;
        float decay = (float)settings.AverageDecay!.Value, rest = (float)(1 - settings.AverageDecay.Value);
        for (int i = 0; i < _average.Length; i++) _average[i] = (decay * _average[i]) + (rest * Values[i]);
    }
}
