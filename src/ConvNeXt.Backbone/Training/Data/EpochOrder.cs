namespace ConvNeXt.Backbone.Training.Data;

/// <summary>The order of the training items in an epoch: a seeded shuffle (Fisher-Yates), different in every epoch.</summary>
internal static class EpochOrder
{
    internal static int[] Shuffle(ReadOnlySpan<int> items, long seed, int epoch)
    {
        int[] order = items.ToArray();
        var random = new CounterRandom(seed, RandomPurpose.Order, epoch, 0);
        Shuffle(order.AsSpan(), ref random);
        return order;
    }

    internal static void Shuffle<T>(Span<T> values, ref CounterRandom random)
    {
        for (int last = values.Length - 1; last > 0; last--)
        {
            int other = random.NextInt32(last + 1);
            (values[last], values[other]) = (values[other], values[last]);
        }
    }
}
