using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Optimization;

namespace ConvNeXt.Backbone.Training;

/// <summary>The loss or the gradient norm is no longer a finite number. The run can only be resumed from its last checkpoint.</summary>
public sealed class TrainingDivergedException : ArithmeticException
{
    private const int NamedLayers = 5;

    internal TrainingDivergedException(string what, int epoch, int step, double learningRate, ImmutableArray<LayerGradient> gradients, string? checkpoint)
        : base(Describe(what, epoch, step, learningRate, gradients, checkpoint)) =>
        (Epoch, Step, LearningRate, Gradients, Checkpoint) = (epoch, step, learningRate, gradients, checkpoint);

    /// <summary>The epoch, counted from 1.</summary>
    public int Epoch { get; }

    /// <summary>The optimizer step within the epoch, counted from 1. It was not applied.</summary>
    public int Step { get; }

    /// <summary>The learning rate of that step.</summary>
    public double LearningRate { get; }

    /// <summary>
    /// Gradient norms of the preceding steps by layer: first those that are not finite, then the others from largest to smallest. They are root mean squares
    /// from AdamW's second moments, because the gradients of the failed step are not finite either.
    /// </summary>
    public ImmutableArray<LayerGradient> Gradients { get; }

    /// <summary>Path of the last good checkpoint; null before the first one.</summary>
    public string? Checkpoint { get; }

    /// <summary>Computes the norms of recent gradients by layer from AdamW's second moments.</summary>
    internal static ImmutableArray<LayerGradient> Measure(TrainingEngineState state, double beta2)
    {
        var squares = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var moment in state.SecondMoments.Tensors)
        {
            long steps = state.Steps[moment.Name];
            if (steps == 0) continue;
            string layer = moment.Name.LastIndexOf('.') is > 0 and var end ? moment.Name[..end] : moment.Name;
            double sum = moment.Values.Sum(value => (double)value) / (1 - Math.Pow(beta2, steps));
            squares[layer] = squares.GetValueOrDefault(layer) + sum;
        }
        return
        [
            .. squares.Select(layer => new LayerGradient(layer.Key, Math.Sqrt(layer.Value)))
                .OrderBy(layer => double.IsFinite(layer.Norm)).ThenByDescending(layer => layer.Norm).ThenBy(layer => layer.Layer, StringComparer.Ordinal),
        ];
    }

    private static string Describe(string what, int epoch, int step, double learningRate, ImmutableArray<LayerGradient> gradients, string? checkpoint)
    {
        string largest = gradients.IsEmpty
            ? "No earlier step was taken"
            : "Largest gradient norms of the preceding steps, by layer: "
                + string.Join(", ", gradients.Take(NamedLayers).Select(layer => FormattableString.Invariant($"{layer.Layer} {layer.Norm:g3}")));
        string good = checkpoint is null ? "There is no checkpoint" : $"The last good checkpoint is '{checkpoint}'";
        return FormattableString.Invariant($"{what} in epoch {epoch}, step {step}, at the learning rate {learningRate:g3}. {largest}. {good}. ")
            + $"Lower {nameof(TrainingOptions.LearningRate)}, raise {nameof(TrainingOptions.WarmupEpochs)}, or set {nameof(TrainingOptions.MaxGradientNorm)}.";
    }
}

/// <summary>The gradient norm of a layer.</summary>
/// <param name="Layer">Official name of the layer, such as <c>stages.2.5.pwconv1</c>.</param>
/// <param name="Norm">L2 norm over the layer's parameters, as a root mean square over recent steps.</param>
public sealed record LayerGradient(string Layer, double Norm);
