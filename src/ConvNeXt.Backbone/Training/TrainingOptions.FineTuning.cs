using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;
namespace ConvNeXt.Backbone.Training;

/// <content>What is trained when a network begins with trained weights.</content>
public sealed partial record TrainingOptions
{
    /// <summary>
    /// Epochs at the beginning in which the backbone is frozen and only the final norm and the head are trained, from 0 to <see cref="Epochs"/>. A fresh head
    /// then does not disturb trained features. Afterwards everything is trained, with <see cref="LayerDecay"/> the lower layers more slowly.
    /// </summary>
    public int FreezeBackboneEpochs { get; init; }

    /// <summary>
    /// Where above 0, the backbone is unfrozen stage by stage after <see cref="FreezeBackboneEpochs"/>: the last stage at once, each earlier one so many epochs
    /// later. 0 unfreezes all together.
    /// </summary>
    public int UnfreezeStageEveryEpochs { get; init; }

    /// <summary>
    /// Whether to train the classifier alone (head.weight and head.bias, linear probing): the features of all images are computed once, from images as they are
    /// scored, and kept in memory, 4 bytes for each of an image's features; epochs are then almost free. Augmentation, Mixup, stochastic depth and layer decay
    /// do nothing. Of use with trained weights only: features of a fresh backbone are random.
    /// </summary>
    public bool LinearProbe { get; init; }

    private void ValidateFineTuning()
    {
        Check.Holds(FreezeBackboneEpochs >= 0 && FreezeBackboneEpochs <= Epochs, FreezeBackboneEpochs, nameof(FreezeBackboneEpochs), $"from 0 to the {Epochs} epochs of training");
        Check.AtLeast(UnfreezeStageEveryEpochs, 0, nameof(UnfreezeStageEveryEpochs));
        if (UnfreezeStageEveryEpochs > 0 && FreezeBackboneEpochs == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(UnfreezeStageEveryEpochs), UnfreezeStageEveryEpochs, $"Nothing is frozen that could be unfrozen: {nameof(FreezeBackboneEpochs)} has to be at least 1.");
        }
        if (LinearProbe && FreezeBackboneEpochs > 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(FreezeBackboneEpochs), FreezeBackboneEpochs, $"With {nameof(LinearProbe)} the backbone is never trained; {nameof(FreezeBackboneEpochs)} has to be 0.");
        }
    }
}
