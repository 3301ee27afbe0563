using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Training.Recipes;
namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Everything that a training run can be told, as data. The defaults are for training on tens to thousands of images; where they differ from the official
/// recipe for ImageNet (TRAINING.md; "A ConvNet for the 2020s", table 5) the official value is named. <see cref="Recipe.SmallData"/> has what serves best from
/// scratch.
/// </summary>
public sealed partial record TrainingOptions
{
    /// <summary>Passes over the training set, at least 1; officially 300.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>
    /// Images that are computed together, at least 1; officially 4096 for a step. The last batch of an epoch may have fewer. The learning rate is not scaled
    /// with it.
    /// </summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>
    /// Batches whose gradients make one optimizer step ("update_freq"), at least 1: their mean is taken, each batch counting alike. As in the official
    /// engine.py, the batches at the end of an epoch that are too few for a step are left out of it; as every epoch has another order, they are others each time.
    /// </summary>
    public int AccumulateBatches { get; init; } = 1;

    /// <summary>Learning rate after the warmup, above 0; officially 4e-3 for 4096 images.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>What the learning rate falls to along half a cosine; officially 1e-6.</summary>
    public double MinLearningRate { get; init; } = 1e-6;

    /// <summary>Epochs in which the learning rate rises linearly from 0, fewer than <see cref="Epochs"/>; officially 20.</summary>
    public int WarmupEpochs { get; init; } = 5;

    /// <summary>AdamW's decoupled weight decay of convolution and linear weights, at least 0; officially 0.05.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>
    /// Layer-wise learning-rate decay in (0, 1], by the rule of <see cref="Optimization.LayerDecay"/>; 1 treats all layers alike, as officially from scratch.
    /// </summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Which layers share a learning rate where <see cref="LayerDecay"/> is below 1; officially groups for V1, for V2 up to tiny each block.</summary>
    public LayerDecayRule LayerDecayRule { get; init; }

    /// <summary>
    /// The L2 norm of all gradients together to which they are clipped, as torch.nn.utils.clip_grad_norm_ does; above 0. Null clips nothing, as officially.
    /// </summary>
    public double? MaxGradientNorm { get; init; }

    /// <summary>
    /// Makes the run keep an exponential moving average of all weights with this decay for each optimizer step, in [0, 1), officially 0.9999; it is evaluated
    /// beside the weights, and <see cref="WeightSelection"/> says which are kept. It needs many steps: after n of them a share of decay^n of it is still the
    /// initial weights. Null for none.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>Whether the weights themselves or their average are kept; <see cref="WeightSelection.Average"/> only with <see cref="AverageDecay"/>.</summary>
    public WeightSelection WeightSelection { get; init; }

    /// <summary>
    /// Factor on the initial weights of a fresh head, above 0. Null: 1 from scratch and 0.001 for a fresh head on pretrained weights, which are the official values.
    /// </summary>
    public double? HeadInitScale { get; init; }

    /// <summary>Share of the target that is spread over all classes, in [0, 1); officially 0.1.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>How images are scored, and the size, kernel and normalisation that training uses, too; officially 224 pixels.</summary>
    public ImagePreprocessing Preprocessing { get; init; } = ImagePreprocessing.ForSize(96);

    /// <summary>
    /// Whether mean and standard deviation of the training images' own pixels (of at most 1024 of them, evenly chosen) replace those of
    /// <see cref="Preprocessing"/>; <see cref="TrainingResult.Preprocessing"/> has them. They serve better than ImageNet's, above all where pictures have little
    /// contrast. From scratch only: initial weights want the statistics that they were trained with, so with them this has no effect.
    /// </summary>
    public bool NormalizeByTrainingSet { get; init; }

    /// <summary>The random crop of each training image, officially 0.08 to 1 of its area; null trains on images as they are scored.</summary>
    public RandomResizedCrop? Crop { get; init; } = new() { MinScale = 0.15 };

    /// <summary>Probability of mirroring a training image left to right, in [0, 1]; officially 0.5.</summary>
    public double HorizontalFlip { get; init; } = 0.5;

    /// <summary>
    /// Whether each training image comes in one of the eight orientations of a square (mirrored, turned by right angles), all alike likely, instead of
    /// <see cref="HorizontalFlip"/>. For what has no up and no left: surfaces, tissue, views from above. Officially not.
    /// </summary>
    public bool AnyOrientation { get; init; }

    /// <summary>RandAugment after crop and mirroring; null leaves it out. Officially the default of its record.</summary>
    public RandAugment? RandAugment { get; init; }

    /// <summary>
    /// Colour jitter after crop and mirroring; null leaves it out. As in the official code it is not applied where <see cref="RandAugment"/> is set.
    /// </summary>
    public ColorJitter? ColorJitter { get; init; }

    /// <summary>Random erasing of normalised images; null leaves it out. Officially the default of its record.</summary>
    public RandomErasing? RandomErasing { get; init; }

    /// <summary>Mixup and CutMix of each batch, of at least 2 images; null leaves them out. Officially the default of its record, and none in fine-tuning.</summary>
    public Mixup? Mixup { get; init; }

    /// <summary>Seed of initial weights, order, augmentation and stochastic depth. One seed gives the same bits whatever the threads.</summary>
    public long Seed { get; init; }

    /// <summary>Threads that read, decode and augment; 0 for half of the cores, at least 1.</summary>
    public int LoaderThreads { get; init; }

    /// <summary>Threads that compute; 0 for all cores.</summary>
    public int ComputeThreads { get; init; }

    /// <summary>
    /// Trades time for memory: only the input of each block is kept for the backward pass, which computes the rest once more
    /// (<see cref="Engines.TrainingEngineSettings.ActivationCheckpointing"/>). What is trained is the same to the bit.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Batches that are prepared ahead, at least 1; with the one in use they bound the memory of the data queue.</summary>
    public int BatchesAhead { get; init; } = 3;

    /// <summary>Epochs from one evaluation of the validation set to the next, at least 1. The last epoch is always evaluated.</summary>
    public int EvaluateEveryEpochs { get; init; } = 1;

    /// <summary>What decides which evaluated epoch is the best, whose weights are kept.</summary>
    public SelectionMetric SelectionMetric { get; init; }

    /// <summary>
    /// Evaluations without a better epoch after which the run ends, at least 1; null runs to the end. The weights of the best epoch are kept in any case.
    /// </summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>
    /// The time that training may take, evaluations included; <see cref="Epochs"/> are then the most there will be. The pace is measured in the first steps and
    /// the schedule planned to end on time, so that the learning rate comes down to its end as in a run of that length; the plan is mended a few times on the
    /// way. It gives up that two runs are bit-identical; a run that is resumed keeps the schedule that was planned. The warmup keeps its share of a shorter
    /// schedule; epochs of freezing stay as many as they are. What is done before the first step is not counted: reading all images for statistics, for
    /// <see cref="SkipUnreadableImages"/> or for the features of a <see cref="LinearProbe"/>. Null for no limit.
    /// </summary>
    public TimeSpan? MaxTrainingTime { get; init; }

    /// <summary>Up to how many of the largest scores are counted in <see cref="ValidationMetrics.TopKAccuracies"/>, at least 1.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>
    /// Whether to fit a temperature to the validation set at the end (<see cref="TemperatureScaling"/>), so that a probability of 0.8 means that 8 of 10 such images
    /// are right. It needs a validation set, best of some hundred images or more.
    /// </summary>
    public bool CalibrateTemperature { get; init; }

    /// <summary>
    /// A CSV file that gets a line with all metrics after each epoch; null for none. A run from the first epoch on begins it anew, a run that is resumed goes
    /// on in it. A file that is there and was not written by a run is never touched.
    /// </summary>
    public string? MetricsFile { get; init; }

    /// <summary>Names of the classes for the metrics file, one for each; null numbers them from 0.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// What becomes of images that cannot be read. False: the first one fails the run. True: every image is read once before the training begins; those
    /// that cannot be read are left out of all epochs and listed in <see cref="TrainingResult.UnreadableImages"/>.
    /// </summary>
    public bool SkipUnreadableImages { get; init; }

    /// <summary>Bytes of the data queue: the batches ahead and the one in use.</summary>
    public long DataQueueBytes => (BatchesAhead + 1L) * BatchSize * Preprocessing.Length * sizeof(float);

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One is out of its range, or two exclude each other; the message says which and what is possible.</exception>
    public void Validate()
    {
        Check.AtLeast(Epochs, 1, nameof(Epochs));
        Check.AtLeast(BatchSize, 1, nameof(BatchSize));
        Check.AtLeast(AccumulateBatches, 1, nameof(AccumulateBatches));
        Check.AtLeast(WarmupEpochs, 0, nameof(WarmupEpochs));
        Check.AtLeast(EarlyStoppingPatience ?? 1, 1, nameof(EarlyStoppingPatience));
        Check.AtLeast(LoaderThreads, 0, nameof(LoaderThreads));
        Check.AtLeast(ComputeThreads, 0, nameof(ComputeThreads));
        Check.AtLeast(BatchesAhead, 1, nameof(BatchesAhead));
        Check.AtLeast(EvaluateEveryEpochs, 1, nameof(EvaluateEveryEpochs));
        Check.AtLeast(TopK, 1, nameof(TopK));
        if (WarmupEpochs >= Epochs)
        {
            throw new ArgumentOutOfRangeException(
                nameof(WarmupEpochs), WarmupEpochs,
                $"{nameof(WarmupEpochs)} is {WarmupEpochs}; it must be below the {Epochs} epochs of training. Set it to 0 for a short run, or change both with Recipe.WithEpochs.");
        }
        Check.Holds(LearningRate > 0 && double.IsFinite(LearningRate), LearningRate, nameof(LearningRate), "above 0");
        bool minimumFits = MinLearningRate >= 0 && MinLearningRate <= LearningRate;
        Check.Holds(minimumFits, MinLearningRate, nameof(MinLearningRate), $"from 0 to the learning rate, {LearningRate}");
        Check.Holds(WeightDecay >= 0 && double.IsFinite(WeightDecay), WeightDecay, nameof(WeightDecay), "at least 0");
        Check.Holds(LayerDecay is > 0 and <= 1, LayerDecay, nameof(LayerDecay), "above 0 and at most 1");
        Check.Holds(MaxGradientNorm is null or > 0, MaxGradientNorm, nameof(MaxGradientNorm), "above 0");
        Check.Holds(AverageDecay is null or (>= 0 and < 1), AverageDecay, nameof(AverageDecay), "at least 0 and below 1");
        Check.Holds(HeadInitScale is null or (> 0 and < double.PositiveInfinity), HeadInitScale, nameof(HeadInitScale), "above 0");
        Check.Defined(WeightSelection, nameof(WeightSelection));
        Check.Defined(SelectionMetric, nameof(SelectionMetric));
        Check.Holds(MaxTrainingTime is null || MaxTrainingTime > TimeSpan.Zero, MaxTrainingTime, nameof(MaxTrainingTime), "above 0");
        Check.Holds(LabelSmoothing is >= 0 and < 1, LabelSmoothing, nameof(LabelSmoothing), "at least 0 and below 1");
        Check.Holds(HorizontalFlip is >= 0 and <= 1, HorizontalFlip, nameof(HorizontalFlip), "from 0 to 1");
        ArgumentNullException.ThrowIfNull(Preprocessing);
        Preprocessing.Validate();
        Crop?.Validate();
        RandAugment?.Validate();
        ColorJitter?.Validate();
        RandomErasing?.Validate();
        Mixup?.Validate();
        if (Mixup is not null && BatchSize == 1 && !LinearProbe)
        {
            throw new ArgumentOutOfRangeException(
                nameof(BatchSize), BatchSize, $"{nameof(Mixup)} mixes the images of a batch, which needs at least 2 of them; or set {nameof(Mixup)} to null.");
        }
        if (WeightSelection == WeightSelection.Average && AverageDecay is null)
            throw new ArgumentOutOfRangeException(nameof(WeightSelection), WeightSelection, $"There is no average that could be kept: {nameof(AverageDecay)} has to be set, too.");
        ValidateClasses();
        ValidateFineTuning();
    }
}

/// <summary>Which weights a run with <see cref="TrainingOptions.AverageDecay"/> may keep; both are evaluated in any case.</summary>
public enum WeightSelection
{
    /// <summary>After each evaluation whichever is better, the weights themselves where they are equal. Without validation set the weights themselves.</summary>
    Better,

    /// <summary>The weights themselves.</summary>
    Current,

    /// <summary>Their average.</summary>
    Average,
}

/// <summary>What decides which epoch is the best. Of equal epochs the one with the lower loss is better, else the earlier one.</summary>
public enum SelectionMetric
{
    /// <summary>Share of the validation images that are classified right.</summary>
    MicroAccuracy,

    /// <summary>Mean over the classes of the share of their images that are classified right; small classes count like large ones.</summary>
    MacroAccuracy,

    /// <summary>Mean cross-entropy of the validation images.</summary>
    Loss,
}
