using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>
/// Applies class weights to soft targets: target * weight. Cross-entropy with such targets equals torch.nn.functional.cross_entropy with a weight and class
/// probabilities, where the mean is over images: loss = mean over images of -sum over classes of weight * target * log softmax(logits).
/// </summary>
internal sealed class ClassWeighting
{
    private readonly float[] _weights;

    private ClassWeighting(IEnumerable<double> weights) => _weights = [.. weights.Select(weight => (float)weight)];

    internal ReadOnlySpan<float> Weights => _weights;

    /// <summary>Creates the weights that the options specify; null for none.</summary>
    /// <param name="options">The training options.</param>
    /// <param name="train">The training set, for weights by class frequency.</param>
    /// <param name="classCount">Number of classes.</param>
    internal static ClassWeighting? Create(TrainingOptions options, ImageSet train, int classCount)
    {
        if (options.ClassWeights is { } given) return new ClassWeighting(given);
        if (!options.BalancedClassWeights) return null;
        int[] images = new int[classCount];
        foreach (int item in train.Items)
            if (train.LabelOf(item) is >= 0 and int label) images[label]++;
        int occurring = images.Count(count => count > 0), labeled = images.Sum();
        return new ClassWeighting(images.Select(count => count == 0 ? 1 : (double)labeled / ((double)occurring * count)));
    }

    /// <summary>Multiplies the targets of a batch, [images, classes], by the weights.</summary>
    internal void Apply(Span<float> targets)
    {
        for (int i = 0; i < targets.Length; i++) targets[i] *= _weights[i % _weights.Length];
    }
}
