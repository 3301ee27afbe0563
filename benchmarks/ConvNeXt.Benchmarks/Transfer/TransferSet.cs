using ConvNeXt.Benchmarks.Ablation;
using ConvNeXt.MLNet;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>Labeled image files of a folder, in folds. Each seed draws other folds.</summary>
internal sealed class TransferSet
{
    private readonly IReadOnlyList<LabeledImage> _images;
    private readonly int[] _labels;

    public TransferSet(string folder)
    {
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        _images = ImageFolder.Enumerate(folder);
        Classes = [.. _images.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
        _labels = [.. _images.Select(image => Array.IndexOf(Classes, image.Label))];
    }

    public string Name { get; }

    public string[] Classes { get; }

    public int Count => _images.Count;

    public LabeledImage this[int item] => _images[item];

    public int LabelOf(int item) => _labels[item];

    /// <summary>The items of a fold, and those of the others or a part of them.</summary>
    /// <param name="folds">Number of folds.</param>
    /// <param name="seed">Of the folds, and of the part.</param>
    /// <param name="fold">The fold to measure on.</param>
    /// <param name="perClass">Training images of each class; 0 for all.</param>
    public (int[] Training, int[] Test) Split(int folds, int seed, int fold, int perClass)
    {
        int[] assigned = StratifiedFolds.Assign(_labels, folds, seed);
        int[] training = [.. Enumerable.Range(0, Count).Where(item => assigned[item] != fold)];
        if (perClass > 0)
        {
            var random = new Random((1000 * seed) + fold);
            training = [.. training.GroupBy(item => _labels[item]).SelectMany(group => Shuffled(random, [.. group]).Take(perClass))];
        }
        return (training, [.. Enumerable.Range(0, Count).Where(item => assigned[item] == fold)]);
    }

    private static int[] Shuffled(Random random, int[] items)
    {
        random.Shuffle(items);
        return items;
    }
}
