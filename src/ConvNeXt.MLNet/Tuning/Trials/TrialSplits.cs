using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.MLNet.Training;

namespace ConvNeXt.MLNet.Tuning.Trials;

/// <summary>
/// The images of a search: those that are held out and choose nothing, and the others in repeated stratified splits. Four splits in a row measure on four
/// different quarters of each class; after that, the classes are divided anew.
/// </summary>
internal sealed class TrialSplits
{
    private const int Folds = 4;

    private readonly LabeledImages _images;
    private readonly long _seed;

    private TrialSplits(LabeledImages images, LabeledImages? heldOut, long seed) => (_images, HeldOut, _seed) = (images, heldOut, seed);

    /// <summary>The images that are searched on.</summary>
    public LabeledImages Images => _images;

    /// <summary>The images that are held out; null if there are none.</summary>
    public LabeledImages? HeldOut { get; }

    /// <summary>Divides images.</summary>
    /// <param name="images">All images for training.</param>
    /// <param name="heldOut">The images that are held out; null to take a fraction of each class.</param>
    /// <param name="fraction">That fraction.</param>
    /// <param name="seed">The seed.</param>
    public static TrialSplits Create(LabeledImages images, LabeledImages? heldOut, double fraction, long seed)
    {
        if (heldOut is not null) return new TrialSplits(images, heldOut, seed);
        (int[] searched, int[] other) = StratifiedSplit.Create(images.Labels, fraction, seed);
        return new TrialSplits(images.Select(searched), other.Length == 0 ? null : images.Select(other), seed);
    }

    /// <summary>Returns the images to train on and those to measure on.</summary>
    /// <param name="split">The split, from 0.</param>
    public (LabeledImages Training, LabeledImages Measured) this[int split]
    {
        get
        {
            int[] folds = AssignFolds(split / Folds), items = [.. Enumerable.Range(0, folds.Length)];
            int measured = split % Folds;
            return (_images.Select([.. items.Where(item => folds[item] != measured)]), _images.Select([.. items.Where(item => folds[item] == measured)]));
        }
    }

    // Images without a label are always trained on.
    private int[] AssignFolds(int division)
    {
        int[] folds = new int[_images.Count];
        Array.Fill(folds, -1);
        IEnumerable<int> labeled = Enumerable.Range(0, folds.Length).Where(item => _images.Labels[item] != ILabeledImageSource.Unlabeled);
        foreach (IGrouping<int, int> label in labeled.GroupBy(item => _images.Labels[item]))
        {
            int next = 0;
            foreach (int item in label.OrderBy(item => new CounterRandom(_seed, RandomPurpose.Search, item, division).NextDouble()))
                folds[item] = next++ % Folds;
        }
        return folds;
    }
}
