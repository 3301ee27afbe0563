namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>Rows of numbers that each rank computes a part of.</summary>
internal static class RankRows
{
    private const int RowsAtOnce = 1024;

    /// <summary>Gives all ranks the rows of each of them. A row that no rank has stays null.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="rows">The rows; at most one rank has each of them.</param>
    /// <param name="length">Number of floats in a row.</param>
    public static void Share(IRankGroup ranks, float[]?[] rows, int length)
    {
        if (ranks.Size == 1) return;

        // Adding to zero is exact, so a sum is a copy; the last number of each row says whether there is one.
        float[] sums = new float[Math.Min(RowsAtOnce, rows.Length) * (length + 1)];
        for (int first = 0; first < rows.Length; first += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, rows.Length - first);
            Array.Clear(sums);
            for (int row = 0; row < count; row++)
            {
                if (rows[first + row] is not { } values) continue;
                Span<float> sum = sums.AsSpan(row * (length + 1), length + 1);
                values.AsSpan(0, length).CopyTo(sum);
                sum[length] = 1;
            }
            ranks.Sum(sums.AsSpan(0, count * (length + 1)));
            for (int row = 0; row < count; row++)
            {
                ReadOnlySpan<float> sum = sums.AsSpan(row * (length + 1), length + 1);
                if (sum[length] > 0) rows[first + row] ??= sum[..length].ToArray();
            }
        }
    }
}
