using ConvNeXt.Backbone.Training.Data;
namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>
/// Class weights on soft targets: target * weight. Cross-entropy with such targets is that of torch.nn.functional.cross_entropy with a weight and class
/// probabilities, whose mean is over images: loss = mean over images of -sum over classes of weight * target * log softmax(logits).
/// </summary>
internal sealed class ClassWeighting
{
    private readonly float[] _weights;

    private ClassWeighting(IEnumerable<double> weights) => _weights = [.. weights.Select(weight => (float)weight)];

    internal ReadOnlySpan<float> Weights => _weights;

    /// <summary>The weights that the options ask for; null for none.</summary>
    /// <param name="options">The options.</param>
    /// <param name="train">The training set, for weights by frequency.</param>
    /// <param name="classCount">Number of classes.</param>
    internal static ClassWeighting? Create(TrainingOptions options, ImageSet train, int classCount)
    {
        if (options.ClassWeights is { } given) return new ClassWeighting(given);
        if (!options.BalancedClassWeights) return null;
        int[] images = new int[classCount];
        foreach (int item in train.Items) images[train.LabelOf(item)]++;
        int occurring = images.Count(count => count > 0);
        return new ClassWeighting(images.Select(count => count == 0 ? 1 : (double)train.Items.Length / ((double)occurring * count)));
    }

    /// <summary>Weighs the targets of a batch, [images, classes].</summary>
    internal void Apply(Span<float> targets)
    {
        for (int i = 0; i < targets.Length; i++) targets[i] *= _weights[i % _weights.Length];
    }
}
