using ConvNeXt.Backbone.Architecture;
namespace ConvNeXt.Backbone.Training.Recipes;

/// <summary>
/// How to train a network as data: the training options, and what of the network belongs to training (stochastic depth, the start of layer scale). The official ones
/// are <see cref="ImageNet1K"/>, <see cref="ImageNet22K"/> and <see cref="FineTune"/>; <see cref="SmallData"/> is for tens to thousands of images.
/// </summary>
/// <remarks>
/// Whatever is changed later wins: <c>recipe with { DropPathRate = 0.2f }</c>, <c>recipe.With(training =&gt; training with { Seed = 1 })</c>. The learning rate
/// is meant for the batch size that the recipe has; <see cref="ScaledTo"/> changes both.
/// </remarks>
public sealed partial record Recipe
{
    /// <summary>Name for people, such as <c>fine-tune Base from ImageNet-22K at 384</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The training options.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Stochastic depth of the last block, in [0, 1); replaces <see cref="ConvNeXtConfig.DropPathRate"/>.</summary>
    public required float DropPathRate { get; init; }

    /// <summary>Where layer scale starts, above 0; replaces <see cref="ConvNeXtConfig.LayerScaleInit"/> of networks that have layer scale.</summary>
    public float LayerScaleInit { get; init; } = 1e-6f;

    /// <summary>The network as this recipe trains it.</summary>
    public ConvNeXtConfig ApplyTo(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config with { DropPathRate = DropPathRate, LayerScaleInit = config.LayerScaleInit is null ? null : LayerScaleInit };
    }

    /// <summary>The recipe with other training options.</summary>
    /// <param name="change">From the recipe's options to the wanted ones.</param>
    public Recipe With(Func<TrainingOptions, TrainingOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return this with { Training = change(Training) };
    }

    /// <summary>
    /// The recipe for steps of other sizes: learning rates in proportion to the images of a step, "lr = base lr * images / 256" in the words of the V2 code.
    /// </summary>
    /// <param name="batchSize">Images that are computed together, at least 1.</param>
    /// <param name="accumulateBatches">Batches of a step, at least 1.</param>
    public Recipe ScaledTo(int batchSize, int accumulateBatches = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(accumulateBatches, 1);
        double factor = (double)batchSize * accumulateBatches / ((double)Training.BatchSize * Training.AccumulateBatches);
        return With(training => training with
        {
            BatchSize = batchSize,
            AccumulateBatches = accumulateBatches,
            LearningRate = factor * training.LearningRate,
            MinLearningRate = factor * training.MinLearningRate,
        });
    }

    /// <summary>The recipe for another number of epochs; the warmup keeps its share of them, rounded down.</summary>
    /// <param name="epochs">At least 1.</param>
    public Recipe WithEpochs(int epochs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        return With(training => training with { Epochs = epochs, WarmupEpochs = (int)((long)training.WarmupEpochs * epochs / training.Epochs) });
    }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range; the message says which and what is possible.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Training);
        Training.Validate();
        if (!(DropPathRate is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(DropPathRate), DropPathRate, $"{nameof(DropPathRate)} has to be at least 0 and below 1.");
        if (!(LayerScaleInit > 0 && float.IsFinite(LayerScaleInit)))
            throw new ArgumentOutOfRangeException(nameof(LayerScaleInit), LayerScaleInit, $"{nameof(LayerScaleInit)} has to be above 0.");
    }
}
