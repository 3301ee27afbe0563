using System.Collections.Immutable;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Loop;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>An image source with validated labels, and the items of it that are used.</summary>
internal sealed class ImageSet
{
    private readonly ILabeledImageSource _source;
    private readonly bool _isValidation;
    private readonly string _name;

    /// <summary>Validates a source.</summary>
    /// <param name="source">The images.</param>
    /// <param name="classCount">Number of classes of the network.</param>
    /// <param name="isValidation">Whether it is the validation set.</param>
    /// <param name="mayLackLabels">Whether images may have no label, <see cref="ILabeledImageSource.Unlabeled"/>.</param>
    /// <exception cref="ArgumentException">The source is empty, or has a label that is not a class of the network.</exception>
    internal ImageSet(ILabeledImageSource source, int classCount, bool isValidation, bool mayLackLabels = false)
    {
        (_source, _isValidation) = (source, isValidation);
        _name = isValidation ? "validation" : "training";
        if (source.Count < 1) throw new ArgumentException($"The {_name} set has no images.", nameof(source));
        Labels = new int[source.Count];
        for (int item = 0; item < Labels.Length; item++)
        {
            Labels[item] = source.LabelOf(item);
            if (mayLackLabels && Labels[item] == ILabeledImageSource.Unlabeled) continue;
            if (Labels[item] < 0 || Labels[item] >= classCount)
            {
                throw new ArgumentException(
                    $"{source.DescribeItem(item)} of the {_name} set has class {Labels[item]}; the network has classes 0 to {classCount - 1}.",
                    nameof(source));
            }
        }
        Items = [.. Enumerable.Range(0, source.Count)];
    }

    /// <summary>The labels of all items of the source; negative for items without one.</summary>
    internal int[] Labels { get; }

    /// <summary>Whether any item that is used has a label.</summary>
    internal bool HasLabels => Items.Any(item => Labels[item] >= 0);

    /// <summary>The items that are used.</summary>
    internal ImmutableArray<int> Items { get; private set; }

    internal ImmutableArray<UnreadableImage> Unreadable { get; private set; } = [];

    /// <summary>The attempts to read an image.</summary>
    internal Retry Retry { get; set; } = new();

    /// <summary>The source's name for an item.</summary>
    internal string DescribeItem(int item) => _source.DescribeItem(item % Labels.Length);

    /// <summary>The label of an item, or of a repetition of one (<see cref="BalancedOrder"/>).</summary>
    internal int LabelOf(int item) => Labels[item % Labels.Length];

    /// <summary>
    /// Loads the image of an item, or of a repetition of one (<see cref="BalancedOrder"/>), with several attempts, as a file on a share may be unreadable for a
    /// moment; an error names the item.
    /// </summary>
    internal RgbImage Load(int item)
    {
        item %= Labels.Length;
        try
        {
            return Retry.Read(() => _source.Load(item), static error => error is UnreadableImageException);
        }
        catch (UnreadableImageException exception)
        {
            string description = _source.DescribeItem(item);
            if (exception.Message.Contains(description, StringComparison.Ordinal)) throw;
            throw new UnreadableImageException($"{description} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads every image once and excludes those that cannot be read; several ranks share the reading.</summary>
    /// <exception cref="UnreadableImageException">No image can be read.</exception>
    internal void LeaveOutUnreadable(int threads, RunRanks ranks)
    {
        var reasons = new string?[Labels.Length];
        var own = ranks.PartOf(Items);
        using var loader = new BatchLoader(
            own.Length, batchSize: 1, imageLength: 0, number => new PlannedBatch(0, _isValidation, [own[number]]), Try, threads, batchesAhead: 4 * threads);
        for (int number = 0; number < own.Length; number++) loader.Take(ranks.CheckAlive);
        Share(ranks, reasons);
        Unreadable =
        [
            .. Items.Where(item => reasons[item] is not null)
                .Select(item => new UnreadableImage(item, _source.DescribeItem(item), reasons[item]!, _isValidation)),
        ];
        Items = [.. Items.Where(item => reasons[item] is null)];
        RequireItems();

        void Try(PlannedBatch plan, int item, Span<float> pixels)
        {
            try
            {
                Retry.Read(() => _source.Load(item), IsTransient).Dispose();
            }
            catch (UnreadableImageException exception)
            {
                reasons[item] = exception.Message;
            }
        }

        // Most files that cannot be decoded never can be, and waiting for each would take long; one that cannot be read now may be later.
        static bool IsTransient(Exception error) => error is UnreadableImageException
        {
            InnerException: IOException and not (FileNotFoundException or DirectoryNotFoundException or EndOfStreamException),
        };
    }

    private static void Share(RunRanks ranks, string?[] reasons)
    {
        if (!ranks.AreSeveral) return;
        float[] unreadable = [.. reasons.Select(reason => reason is null ? 0f : 1f)];
        ranks.Group.Sum(unreadable);
        for (int item = 0; item < reasons.Length; item++)
            if (unreadable[item] > 0) reasons[item] ??= "another rank cannot read it";
    }

    /// <summary>Excludes an item that turned out to be unreadable.</summary>
    /// <exception cref="UnreadableImageException">It was the last one.</exception>
    internal void LeaveOut(int item, string reason)
    {
        Unreadable = Unreadable.Add(new UnreadableImage(item, _source.DescribeItem(item), reason, _isValidation));
        Items = Items.Remove(item);
        RequireItems();
    }

    private void RequireItems()
    {
        if (!Items.IsEmpty) return;
        throw new UnreadableImageException(
            $"None of the {Labels.Length} images of the {_name} set can be read. First error: {Unreadable[0].Description}: {Unreadable[0].Reason}");
    }
}
