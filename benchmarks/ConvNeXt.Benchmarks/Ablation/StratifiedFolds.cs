namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>Splits a labeled set into folds with the same share of every class.</summary>
internal static class StratifiedFolds
{
    /// <summary>Shuffles the items of each class and assigns them to the folds in turn.</summary>
    /// <param name="labels">Class of each item.</param>
    /// <param name="folds">Number of folds.</param>
    /// <param name="seed">The same seed gives the same folds.</param>
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
