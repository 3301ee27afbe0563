namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>
/// The part of each batch that a rank computes. All ranks together have every image once, and their parts differ by one image, or one pair, at most.
/// </summary>
/// <param name="Rank">The rank, from 0.</param>
/// <param name="Size">Number of ranks.</param>
internal readonly record struct RankShare(int Rank, int Size)
{
    /// <summary>All images, of one process.</summary>
    public static RankShare Whole => new(0, 1);

    public bool IsWhole => Size == 1;

    /// <summary>Returns the positions in a batch, in ascending order.</summary>
    /// <param name="count">Number of images in the batch.</param>
    /// <param name="inPairs">
    /// Whether images i and count - 1 - i stay together, as Mixup mixes them. In the part they are partners again: its first with its last, and so on.
    /// </param>
    public int[] PositionsOf(int count, bool inPairs)
    {
        int units = inPairs ? (count + 1) / 2 : count;
        int from = (int)((long)units * Rank / Size), to = (int)((long)units * (Rank + 1) / Size);
        IEnumerable<int> positions = Enumerable.Range(from, to - from);
        if (!inPairs) return [.. positions];
        int firstPartner = Math.Max(count - to, to); // the middle image of an odd number is its own partner
        return [.. positions, .. Enumerable.Range(firstPartner, Math.Max(count - from - firstPartner, 0))];
    }

    /// <summary>The largest part that any rank has of a batch.</summary>
    public int LargestOf(int count, bool inPairs)
    {
        int units = inPairs ? (count + 1) / 2 : count, most = (units + Size - 1) / Size;
        return Math.Min(count, inPairs ? 2 * most : most);
    }
}
