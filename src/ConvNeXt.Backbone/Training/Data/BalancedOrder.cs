namespace ConvNeXt.Backbone.Training.Data;

/// <summary>
/// The order of an epoch in which each class is drawn equally often. The items of a class are taken in shuffled order, repeatedly if necessary, until the class
/// has its share; the remainder of an uneven division goes to randomly chosen classes. A repeated item gets its own number, item + repetition * items of the
/// source, so that it is augmented differently; <see cref="ImageSet"/> accepts such numbers.
/// </summary>
internal static class BalancedOrder
{
    private const int Stream = 1; // stream 0 shuffles the whole order

    internal static int[] Create(ReadOnlySpan<int> items, int[] labels, long seed, int epoch)
    {
        var random = new CounterRandom(seed, RandomPurpose.Order, epoch, Stream);
        int[][] classes = [.. items.ToArray().GroupBy(item => labels[item]).OrderBy(members => members.Key).Select(members => members.ToArray())];
        EpochOrder.Shuffle(classes.AsSpan(), ref random);
        int mostRepetitions = int.MaxValue / labels.Length;
        var order = new List<int>(items.Length);
        for (int number = 0; number < classes.Length; number++)
        {
            int[] members = classes[number];
            int share = (items.Length / classes.Length) + (number < items.Length % classes.Length ? 1 : 0);
            for (int drawn = 0; drawn < share; drawn++)
            {
                int position = drawn % members.Length, repetition = drawn / members.Length % mostRepetitions;
                if (position == 0) EpochOrder.Shuffle(members.AsSpan(), ref random);
                order.Add(members[position] + (repetition * labels.Length));
            }
        }
        return EpochOrder.Shuffle(order.ToArray(), seed, epoch);
    }
}
