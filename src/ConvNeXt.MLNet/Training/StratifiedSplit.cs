namespace ConvNeXt.MLNet.Training;

/// <summary>Takes a share of every class out of a training set for validation, so that small classes are in both.</summary>
internal static class StratifiedSplit
{
    /// <summary>Splits rows by their labels.</summary>
    /// <param name="labels">Class of each row.</param>
    /// <param name="fraction">Share of each class that goes to validation, in (0, 1); rounded, and never the last row of a class.</param>
    /// <param name="seed">The same seed takes the same rows.</param>
    /// <returns>The rows of both, ascending.</returns>
    public static (int[] Training, int[] Validation) Create(IReadOnlyList<int> labels, double fraction, long seed)
    {
        var random = new Random((int)(seed ^ (seed >> 32)));
        var validation = new List<int>();
        foreach (IGrouping<int, int> rows in Enumerable.Range(0, labels.Count).GroupBy(row => labels[row]).OrderBy(group => group.Key))
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
