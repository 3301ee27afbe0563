namespace ConvNeXt.MLNet.Training;

/// <summary>Splits a training set into training and validation rows by class, so that small classes are in both.</summary>
internal static class StratifiedSplit
{
    /// <summary>Splits rows by their labels.</summary>
    /// <param name="labels">Class of each row; negative for a row without a label, which is always for training.</param>
    /// <param name="fraction">Fraction of each class for validation, in (0, 1). The number of rows is rounded; at least one row per class is kept for
    /// training.</param>
    /// <param name="seed">Random seed; the same seed selects the same rows.</param>
    /// <returns>The row indices of both sets, in ascending order.</returns>
    public static (int[] Training, int[] Validation) Create(IReadOnlyList<int> labels, double fraction, long seed)
    {
        var random = new Random((int)(seed ^ (seed >> 32)));
        var validation = new List<int>();
        foreach (IGrouping<int, int> rows in Enumerable.Range(0, labels.Count).Where(row => labels[row] >= 0).GroupBy(row => labels[row]).OrderBy(group => group.Key))
        {
            int[] shuffled = [.. rows];
            random.Shuffle(shuffled);
            int taken = Math.Min((int)Math.Round(fraction * shuffled.Length, MidpointRounding.AwayFromZero), shuffled.Length - 1);
            validation.AddRange(shuffled.AsSpan(0, taken));
        }
        validation.Sort();
        int[] training = [.. Enumerable.Range(0, labels.Count).Except(validation)];
        return (training, [.. validation]);
    }
}
