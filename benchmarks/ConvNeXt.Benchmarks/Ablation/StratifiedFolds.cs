namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>Cuts a labelled set into folds that hold the same share of every class.</summary>
internal static class StratifiedFolds
{
    /// <summary>Deals the items of each class, shuffled, to the folds in turn.</summary>
    /// <param name="labels">Class of each item.</param>
    /// <param name="folds">How many.</param>
    /// <param name="seed">The same seed deals alike.</param>
    /// <returns>The fold of each item, from 0.</returns>
    public static int[] Assign(IReadOnlyList<int> labels, int folds, int seed)
    {
        var random = new Random(seed);
        int[] fold = new int[labels.Count];
        foreach (var items in Enumerable.Range(0, labels.Count).GroupBy(item => labels[item]).OrderBy(group => group.Key))
        {
            int[] shuffled = [.. items];
            random.Shuffle(shuffled);
            for (int i = 0; i < shuffled.Length; i++) fold[shuffled[i]] = i % folds;
        }
        return fold;
    }
}
