using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Optimization;
namespace ConvNeXt.Backbone.Training;

/// <summary>The loss, or the norm of the gradients, is no longer a finite number: the run has nothing to go on from but its last checkpoint.</summary>
public sealed class TrainingDivergedException : ArithmeticException
{
    private const int NamedLayers = 5;

    internal TrainingDivergedException(string what, int epoch, int step, double learningRate, ImmutableArray<LayerGradient> gradients, string? checkpoint)
        : base(Describe(what, epoch, step, learningRate, gradients, checkpoint)) =>
        (Epoch, Step, LearningRate, Gradients, Checkpoint) = (epoch, step, learningRate, gradients, checkpoint);

    /// <summary>The epoch, counted from 1.</summary>
    public int Epoch { get; }

    /// <summary>The optimizer step within the epoch, counted from 1; it was not taken.</summary>
    public int Step { get; }

    /// <summary>Learning rate of that step.</summary>
    public double LearningRate { get; }

    /// <summary>
    /// The norms of the last steps' gradients by layer, the largest first and before them those that are not finite. They are root mean squares as AdamW keeps
    /// them: the gradients of the step itself are as little finite as its loss.
    /// </summary>
    public ImmutableArray<LayerGradient> Gradients { get; }

    /// <summary>The last good checkpoint; null where none was written.</summary>
    public string? Checkpoint { get; }

    /// <summary>Norms of recent gradients by layer, out of AdamW's second moments.</summary>
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
            ? "No step was taken before it"
            : "The largest gradient norms of the steps before, by layer: "
                + string.Join(", ", gradients.Take(NamedLayers).Select(layer => FormattableString.Invariant($"{layer.Layer} {layer.Norm:g3}")));
        string good = checkpoint is null ? "There is no checkpoint" : $"The last good checkpoint is '{checkpoint}'";
        return FormattableString.Invariant($"{what} in epoch {epoch}, step {step}, at the learning rate {learningRate:g3}. {largest}. {good}. ")
            + $"A lower {nameof(TrainingOptions.LearningRate)}, more {nameof(TrainingOptions.WarmupEpochs)}, or a {nameof(TrainingOptions.MaxGradientNorm)} may help.";
    }
}

/// <summary>The size of a layer's gradients.</summary>
/// <param name="Layer">Official name of the layer, such as <c>stages.2.5.pwconv1</c>.</param>
/// <param name="Norm">L2 norm over its parameters, root mean square of the last steps.</param>
public sealed record LayerGradient(string Layer, double Norm);
