using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Backbone.Training;

/// <content>Options for fine-tuning a network that starts with trained weights.</content>
public sealed partial record TrainingOptions
{
    /// <summary>
    /// Number of initial epochs in which the backbone is frozen and only the final norm and the head are trained, from 0 to <see cref="Epochs"/>. This keeps a
    /// new head from disturbing the trained features. Afterward all layers are trained; a <see cref="LayerDecay"/> below 1 gives lower layers lower learning
    /// rates.
    /// </summary>
    public int FreezeBackboneEpochs { get; init; }

    /// <summary>
    /// If above 0, the backbone is unfrozen one stage at a time after <see cref="FreezeBackboneEpochs"/>: the last stage immediately, each earlier stage this
    /// many epochs later. 0 unfreezes all stages at once.
    /// </summary>
    public int UnfreezeStageEveryEpochs { get; init; }

    /// <summary>
    /// Whether to train only the classifier, head.weight and head.bias (linear probing). The features of all images are computed once, from images preprocessed
    /// as for scoring, and kept in memory, 4 bytes per feature; epochs then take almost no time. Augmentation, Mixup, stochastic depth and layer decay have no
    /// effect. Useful only with trained weights, because the features of an untrained backbone are random.
    /// </summary>
    public bool LinearProbe { get; init; }

    /// <summary>
    /// Whether to solve the head before the first step: the features of all training images are computed once, preprocessed as for scoring, and the head is
    /// fitted to them to the end by logistic regression, with the L2 penalty chosen on folds of the training set. Useful only with trained weights, and above
    /// all with <see cref="LinearProbe"/>: where all layers are trained afterward, a solved head has large weights already, and
    /// the result was worse than from a fresh head on photos of clothing (docs/evidence/transfer.md).
    /// </summary>
    public bool SolveHead { get; init; }

    /// <summary>
    /// The head is solved first (<see cref="SolveHead"/>) if the run has fewer optimizer steps than this and starts with trained weights; at least 0. With a
    /// time limit, the steps that it allows are estimated from the second of two steps at the start. A fresh head gives better results where it has the time to
    /// learn; in a short run it stays far behind a solved one (docs/evidence/transfer.md).
    /// </summary>
    public int SolveHeadBelowSteps { get; init; }

    /// <summary>
    /// The least number of optimizer steps, at least 0: on small training sets, more than <see cref="Epochs"/> epochs are run to get there. Warmup keeps its
    /// share of the run.
    /// </summary>
    public int MinSteps { get; init; }

    /// <summary>
    /// The least number of validation images by which an epoch is chosen, at least 0. With fewer, the weights of the last epoch are kept, because the best of
    /// many epochs on a few images is chosen by chance. Has no effect with <see cref="EarlyStoppingPatience"/>.
    /// </summary>
    public int MinImagesToChooseEpoch { get; init; }

    /// <summary>Whether the steps that the time limit allows decide whether the head is solved; after <see cref="DecideHead"/>.</summary>
    internal bool DecidesHeadByTime => SolveHeadBelowSteps > 0;

    /// <summary>Decides whether the head is solved, for a training set of this size, unless a time limit decides it.</summary>
    /// <param name="images">Number of training images.</param>
    /// <param name="isTrained">Whether the run starts with trained weights.</param>
    internal TrainingOptions DecideHead(int images, bool isTrained)
    {
        bool solves = SolveHead || (isTrained && BatchPlan.StepsOfRun(this, images) < SolveHeadBelowSteps);
        bool isLeft = isTrained && !solves && !LinearProbe && MaxTrainingTime is not null;
        return this with { SolveHead = solves, SolveHeadBelowSteps = isLeft ? SolveHeadBelowSteps : 0 };
    }

    /// <summary>Whether the best epoch is chosen by a validation set of this size; otherwise the last one is kept.</summary>
    internal bool ChoosesEpoch(int validationImages) => EarlyStoppingPatience is not null || validationImages >= MinImagesToChooseEpoch;

    private void ValidateFineTuning()
    {
        Check.AtLeast(MinSteps, 0, nameof(MinSteps));
        Check.AtLeast(SolveHeadBelowSteps, 0, nameof(SolveHeadBelowSteps));
        Check.AtLeast(MinImagesToChooseEpoch, 0, nameof(MinImagesToChooseEpoch));
        Check.Holds(FreezeBackboneEpochs >= 0 && FreezeBackboneEpochs <= Epochs, FreezeBackboneEpochs, nameof(FreezeBackboneEpochs), $"from 0 to {Epochs}");
        Check.AtLeast(UnfreezeStageEveryEpochs, 0, nameof(UnfreezeStageEveryEpochs));
        if (UnfreezeStageEveryEpochs > 0 && FreezeBackboneEpochs == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(UnfreezeStageEveryEpochs), UnfreezeStageEveryEpochs, $"No stage is frozen: {nameof(FreezeBackboneEpochs)} must be at least 1.");
        }
        if (LinearProbe && FreezeBackboneEpochs > 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(FreezeBackboneEpochs), FreezeBackboneEpochs, $"{nameof(FreezeBackboneEpochs)} must be 0 with {nameof(LinearProbe)}.");
        }
    }
}
