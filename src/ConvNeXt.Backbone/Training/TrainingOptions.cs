using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Training.Recipes;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training;

/// <summary>
/// The options of a training run. The defaults are for training on tens to thousands of images; where they differ from the official ImageNet recipe
/// (TRAINING.md; "A ConvNet for the 2020s", table 5), the official value is given. <see cref="Recipe.SmallData"/> has the options that work best from scratch.
/// </summary>
public sealed partial record TrainingOptions
{
    private const int MostDefaultWarmup = 5;

    private readonly int? _warmupEpochs;

    /// <summary>Number of passes over the training set, at least 1; officially 300.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>
    /// Number of images per batch, at least 1; officially 4096 per step. The last batch of an epoch may be smaller. The learning rate is not scaled with the
    /// batch size.
    /// </summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>
    /// Number of batches per optimizer step ("update_freq"), at least 1. Their gradients are averaged, with equal weight for each batch. As in the official
    /// engine.py, the last batches of an epoch are skipped if they are too few for a step; because the order differs in every epoch, these are different images
    /// each time.
    /// </summary>
    public int AccumulateBatches { get; init; } = 1;

    /// <summary>Learning rate after warmup, above 0; officially 4e-3 for 4096 images.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Learning rate at the end of the half-cosine decay, from 0 to <see cref="LearningRate"/>; officially 1e-6.</summary>
    public double MinLearningRate { get; init; } = 1e-6;

    /// <summary>
    /// Number of epochs in which the learning rate rises linearly from 0, fewer than <see cref="Epochs"/>; officially 20. Until it is set, it is a share of the
    /// epochs, rounded down and at most 5: a sixth, or the share of the <see cref="Recipe"/> that the options are from.
    /// </summary>
    public int WarmupEpochs
    {
        get => _warmupEpochs ?? Math.Min(MostDefaultWarmup, Epochs / WarmupDivisor);
        init => _warmupEpochs = value;
    }

    /// <summary>The epochs of a run are divided by this for <see cref="WarmupEpochs"/> that are not set.</summary>
    internal int WarmupDivisor { get; init; } = 6;

    /// <summary>AdamW's decoupled weight decay for convolution and linear weights, at least 0; officially 0.05.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>
    /// Layer-wise learning-rate decay in (0, 1], see <see cref="Optimization.LayerDecay"/>; 1 gives all layers the same learning rate, the official setting
    /// from scratch.
    /// </summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>
    /// How layers are grouped if <see cref="LayerDecay"/> is below 1; officially in twelve groups for V1 and V2 from Base on, and by single blocks for V2 up to
    /// Tiny.
    /// </summary>
    public LayerDecayRule LayerDecayRule { get; init; }

    /// <summary>
    /// Maximum L2 norm of all gradients together, above 0; larger gradients are scaled down as in torch.nn.utils.clip_grad_norm_. Null, the official setting,
    /// disables clipping.
    /// </summary>
    public double? MaxGradientNorm { get; init; }

    /// <summary>
    /// Decay per optimizer step of an exponential moving average of all weights, in [0, 1); officially 0.9999. Null keeps no average. The average is evaluated
    /// alongside the weights, and <see cref="WeightSelection"/> determines which of the two is kept. Averaging needs many steps: after n steps, the initial
    /// weights still make up decay^n of the average.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>Whether to keep the weights themselves or their average; <see cref="WeightSelection.Average"/> requires <see cref="AverageDecay"/>.</summary>
    public WeightSelection WeightSelection { get; init; }

    /// <summary>
    /// Factor for the initial weights of a new head, above 0. Null uses the official values: 1 from scratch and 0.001 for a new head on pretrained weights.
    /// </summary>
    public double? HeadInitScale { get; init; }

    /// <summary>Share of the target that is spread evenly over all classes, in [0, 1); officially 0.1.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>How images are preprocessed for scoring. Training uses the same size, interpolation and normalization. Officially 224 pixels.</summary>
    public ImagePreprocessing Preprocessing { get; init; } = ImagePreprocessing.ForSize(96);

    /// <summary>
    /// Height and width of training images as a share of those for scoring, above 0 and at most 1; the result is rounded and at least 32 pixels. Random crops
    /// show things larger than they are when an image is scored; a larger image for scoring makes up for that, and training is faster (Touvron et al., "Fixing
    /// the train-test resolution discrepancy", 2019). Has no effect without <see cref="Crop"/> or with <see cref="LinearProbe"/>.
    /// </summary>
    public double TrainingImageScale { get; init; } = 1;

    /// <summary>
    /// Whether to normalize with the mean and standard deviation of the training images' pixels (of at most 1024 images, evenly sampled) instead of those in
    /// <see cref="Preprocessing"/>; <see cref="TrainingResult.Preprocessing"/> has the measured values. They work better than ImageNet's, especially for
    /// low-contrast images. Only for training from scratch: initial weights need the statistics they were trained with, so this option is ignored if there are
    /// any.
    /// </summary>
    public bool NormalizeByTrainingSet { get; init; }

    /// <summary>Random crop of each training image, officially 0.08 to 1 of its area; null resizes and crops training images as for scoring.</summary>
    public RandomResizedCrop? Crop { get; init; } = new() { MinScale = 0.15 };

    /// <summary>Probability of flipping a training image horizontally, in [0, 1]; officially 0.5.</summary>
    public double HorizontalFlip { get; init; } = 0.5;

    /// <summary>
    /// Whether to give each training image a random one of the eight orientations of a square (flipped, rotated by multiples of 90 degrees), all equally
    /// likely, instead of <see cref="HorizontalFlip"/>. For images without a fixed orientation, such as surfaces, tissue or aerial views; only for a network
    /// whose input is a square. Not used officially.
    /// </summary>
    public bool AnyOrientation { get; init; }

    /// <summary>RandAugment, applied after crop and flip; null disables it. Officially the defaults of its record.</summary>
    public RandAugment? RandAugment { get; init; }

    /// <summary>
    /// Color jitter, applied after crop and flip; null disables it. As in the official code, it is not applied if <see cref="RandAugment"/> is set.
    /// </summary>
    public ColorJitter? ColorJitter { get; init; }

    /// <summary>Random erasing, applied to normalized images; null disables it. Officially the defaults of its record.</summary>
    public RandomErasing? RandomErasing { get; init; }

    /// <summary>
    /// Mixup and CutMix of each batch; null disables them. Requires a <see cref="BatchSize"/> of at least 2. Officially the defaults of its record, and null
    /// for fine-tuning.
    /// </summary>
    public Mixup? Mixup { get; init; }

    /// <summary>
    /// Seed for initial weights, order, augmentation and stochastic depth. The same seed gives bit-identical results for any number of threads.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>Number of threads that read, decode and augment images; 0 for half of the cores, at least 1.</summary>
    public int LoaderThreads { get; init; }

    /// <summary>Number of compute threads; 0 for all cores.</summary>
    public int ComputeThreads { get; init; }

    /// <summary>
    /// Trades time for memory: only the input of each block is kept for the backward pass, which recomputes the rest
    /// (<see cref="Engines.TrainingEngineSettings.ActivationCheckpointing"/>). The trained weights are bit-identical.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Number of batches prepared ahead, at least 1; together with the batch in use they bound the memory of the data queue.</summary>
    public int BatchesAhead { get; init; } = 3;

    /// <summary>Number of epochs between evaluations of the validation set, at least 1. The last epoch is always evaluated.</summary>
    public int EvaluateEveryEpochs { get; init; } = 1;

    /// <summary>The metric that determines the best evaluated epoch, whose weights are kept.</summary>
    public SelectionMetric SelectionMetric { get; init; }

    /// <summary>
    /// Number of evaluations without improvement after which the run ends, at least 1; null never ends it early. The weights of the best epoch are kept in
    /// either case.
    /// </summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>
    /// Time limit for training, including evaluation and the work before the first step: reading images for statistics, for
    /// <see cref="SkipUnreadableImages"/> or for the features of a <see cref="LinearProbe"/>. Null for no limit. <see cref="Epochs"/> is then an upper limit. The
    /// speed is measured in the first steps and the schedule is planned to end on time, so that the learning rate decays fully as in a run of that length; the
    /// plan is corrected a few times during the run. A resumed run has the time that is left, and plans with its own speed. With a time limit, two runs are not
    /// bit-identical. Warmup keeps its share of a shortened schedule; the number of freezing epochs does not change. At least one step is taken.
    /// </summary>
    public TimeSpan? MaxTrainingTime { get; init; }

    /// <summary>Largest k for which <see cref="ValidationMetrics.TopKAccuracies"/> is computed, at least 1.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>
    /// Whether to fit a temperature to the validation set at the end (<see cref="TemperatureScaling"/>), so that of images predicted with a probability of 0.8,
    /// about 8 in 10 are correct. Requires a validation set, preferably of several hundred images or more.
    /// </summary>
    public bool CalibrateTemperature { get; init; }

    /// <summary>
    /// CSV file that receives a line with all metrics after each epoch; null for none. A new run overwrites the file, a resumed run appends to it. An existing
    /// file that is not a metrics file is never changed.
    /// </summary>
    public string? MetricsFile { get; init; }

    /// <summary>Class names for the metrics file, one for each class; null numbers the classes from 0.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// How unreadable images are handled. False: the first one fails the run. True: every image is read once before training starts; unreadable images are
    /// excluded from all epochs and listed in <see cref="TrainingResult.UnreadableImages"/>. One that cannot be read later is left out of that epoch, with a
    /// warning. In both cases an image is unreadable only after three attempts within about a second.
    /// </summary>
    public bool SkipUnreadableImages { get; init; }

    /// <summary>Preprocessing with the size of training images.</summary>
    internal ImagePreprocessing TrainingPreprocessing
    {
        get
        {
            if (TrainingImageScale >= 1 || Crop is null || LinearProbe) return Preprocessing;
            return Preprocessing.WithSize(Scale(Preprocessing.Height), Scale(Preprocessing.Width));

            int Scale(int side) => Math.Max(ImagePreprocessing.LeastSize, (int)Math.Round(side * TrainingImageScale));
        }
    }

    /// <summary>Size of the data queue in bytes: the batches prepared ahead and the batch in use.</summary>
    public long DataQueueBytes => (BatchesAhead + 1L) * BatchSize * Preprocessing.Length * sizeof(float);

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range, or two options exclude each other; the message says which and what is allowed.</exception>
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
                $"{nameof(WarmupEpochs)} is {WarmupEpochs}; it must be below the {Epochs} epochs. Set it to 0 for a short run, or use Recipe.WithEpochs.");
        }
        Check.Holds(LearningRate > 0 && double.IsFinite(LearningRate), LearningRate, nameof(LearningRate), "above 0");
        bool minimumFits = MinLearningRate >= 0 && MinLearningRate <= LearningRate;
        Check.Holds(minimumFits, MinLearningRate, nameof(MinLearningRate), Invariant($"from 0 to the learning rate, {LearningRate}"));
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
        Check.Holds(TrainingImageScale is > 0 and <= 1, TrainingImageScale, nameof(TrainingImageScale), "above 0 and at most 1");
        Check.Holds(
            !AnyOrientation || Preprocessing.IsSquare, AnyOrientation, nameof(AnyOrientation),
            $"false for an input of {Preprocessing.Height} x {Preprocessing.Width} pixels, which is another one when it is rotated by 90 degrees");
        Crop?.Validate();
        RandAugment?.Validate();
        ColorJitter?.Validate();
        RandomErasing?.Validate();
        Mixup?.Validate();
        if (Mixup is not null && BatchSize == 1 && !LinearProbe)
        {
            throw new ArgumentOutOfRangeException(
                nameof(BatchSize), BatchSize, $"{nameof(Mixup)} needs at least 2 images per batch; increase {nameof(BatchSize)} or disable {nameof(Mixup)}.");
        }
        if (WeightSelection == WeightSelection.Average && AverageDecay is null)
            throw new ArgumentOutOfRangeException(nameof(WeightSelection), WeightSelection, $"An average requires {nameof(AverageDecay)} to be set.");
        ValidateClasses();
        ValidateFineTuning();
    }
}

/// <summary>Which weights a run with <see cref="TrainingOptions.AverageDecay"/> keeps; both are evaluated in any case.</summary>
public enum WeightSelection
{
    /// <summary>The better of the two after each evaluation; the weights themselves in a tie or without a validation set.</summary>
    Better,

    /// <summary>The weights themselves.</summary>
    Current,

    /// <summary>The moving average of the weights.</summary>
    Average,
}

/// <summary>The metric that determines the best epoch. Ties go to the epoch with the lower loss, then to the earlier one.</summary>
public enum SelectionMetric
{
    /// <summary>Share of the validation images that are classified correctly.</summary>
    MicroAccuracy,

    /// <summary>Mean of the recalls of all classes, so that small classes count as much as large ones.</summary>
    MacroAccuracy,

    /// <summary>Mean cross-entropy of the validation images.</summary>
    Loss,
}
