using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Training.Recipes;

/// <summary>
/// A training recipe: the training options, and the options of the network that belong to training (stochastic depth, initial layer scale). The official
/// recipes are <see cref="ImageNet1K"/>, <see cref="ImageNet22K"/> and <see cref="FineTune"/>; <see cref="SmallData"/> is for tens to thousands of images.
/// </summary>
/// <remarks>
/// To change a recipe, use <c>recipe with { DropPathRate = 0.2f }</c> or <c>recipe.With(training =&gt; training with { Seed = 1 })</c>; the last change wins.
/// The learning rate is for the batch size of the recipe; <see cref="ScaledTo"/> changes both.
/// </remarks>
public sealed partial record Recipe
{
    /// <summary>Display name, such as <c>fine-tune Base from ImageNet-22K at 384</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The training options.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Stochastic depth rate of the last block, in [0, 1); replaces <see cref="ConvNeXtConfig.DropPathRate"/>.</summary>
    public required float DropPathRate { get; init; }

    /// <summary>Initial value of layer scale, above 0; replaces <see cref="ConvNeXtConfig.LayerScaleInit"/> of networks that have layer scale.</summary>
    public float LayerScaleInit { get; init; } = 1e-6f;

    /// <summary>Returns the network with the stochastic depth and the layer scale of this recipe.</summary>
    public ConvNeXtConfig ApplyTo(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config with { DropPathRate = DropPathRate, LayerScaleInit = config.LayerScaleInit is null ? null : LayerScaleInit };
    }

    /// <summary>Returns the recipe with changed training options.</summary>
    /// <param name="change">Function from the recipe's options to the new ones.</param>
    public Recipe With(Func<TrainingOptions, TrainingOptions> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return this with { Training = change(Training) };
    }

    /// <summary>
    /// Returns the recipe for steps of another size. Learning rates are scaled in proportion to the images of a step: "lr = base lr * images / 256" in the V2
    /// code.
    /// </summary>
    /// <param name="batchSize">Number of images per batch, at least 1.</param>
    /// <param name="accumulateBatches">Number of batches per step, at least 1.</param>
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

    /// <summary>Returns the recipe for another number of epochs. Warmup keeps its share of them, rounded down, and there is no least number of steps.</summary>
    /// <param name="epochs">At least 1.</param>
    public Recipe WithEpochs(int epochs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        return With(training => training with { Epochs = epochs, MinSteps = 0, WarmupEpochs = (int)((long)training.WarmupEpochs * epochs / training.Epochs) });
    }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message says which one and what is allowed.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Training);
        Training.Validate();
        if (!(DropPathRate is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(DropPathRate), DropPathRate, $"{nameof(DropPathRate)} must be at least 0 and below 1.");
        if (!(LayerScaleInit > 0 && float.IsFinite(LayerScaleInit)))
            throw new ArgumentOutOfRangeException(nameof(LayerScaleInit), LayerScaleInit, $"{nameof(LayerScaleInit)} must be above 0.");
    }
}
