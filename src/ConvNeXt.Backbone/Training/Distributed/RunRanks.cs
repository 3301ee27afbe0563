using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>
/// The ranks of one run, as the training loop sees them. Ranks wait for each other, so none may stop on its own: a cancellation on one of them is only
/// noted, and takes effect on all where they agree on it.
/// </summary>
internal sealed class RunRanks
{
    /// <summary>A rank counts as silent after this many times the longest step so far.</summary>
    private const int StepsOfPatience = 10;

    private const double SlowDiskBytesPerSecond = 10e6;

    private readonly Action _checkAlive;
    private readonly TimeSpan _leastPatience;
    private TimeSpan _longestStep;
    private bool _isCancelRequested;

    /// <param name="group">The ranks.</param>
    /// <param name="checkAlive">Throws <see cref="OperationCanceledException"/> if this rank is to stop.</param>
    /// <param name="peerTimeout">How long the others may be silent, besides the time for a checkpoint.</param>
    /// <param name="checkpointBytes">Size of a checkpoint, which the others wait for while rank 0 writes it.</param>
    internal RunRanks(IRankGroup group, Action checkAlive, TimeSpan peerTimeout, long checkpointBytes)
    {
        (Group, _checkAlive) = (group, checkAlive);
        _leastPatience = peerTimeout + TimeSpan.FromSeconds(checkpointBytes / SlowDiskBytesPerSecond);
        AllowLongWork();
    }

    /// <summary>A process on its own.</summary>
    internal static RunRanks Alone(Action checkAlive) => new(SingleRank.Instance, checkAlive, TimeSpan.Zero, 0);

    /// <summary>How long ranks wait for each other before and after the steps: images are read, features computed, on machines of different speed.</summary>
    internal static TimeSpan TimeToPrepare { get; } = TimeSpan.FromHours(1);

    internal IRankGroup Group { get; }

    internal bool AreSeveral => Group.Size > 1;

    internal bool IsMain => Group.Rank == 0;

    internal RankShare Share => new(Group.Rank, Group.Size);

    /// <summary>1 if this rank is to stop, 0 otherwise; for sums.</summary>
    internal double Cancellation => _isCancelRequested ? 1 : 0;

    /// <summary>Called often. A single process stops at once.</summary>
    internal void CheckAlive()
    {
        if (!_isCancelRequested) Run(_checkAlive);
    }

    /// <summary>Runs something of the caller, which may throw <see cref="OperationCanceledException"/> to stop the run.</summary>
    internal void Run(Action action)
    {
        if (!AreSeveral)
        {
            action();
            return;
        }

        try
        {
            action();
        }
        catch (OperationCanceledException)
        {
            _isCancelRequested = true;
        }
    }

    /// <summary>Stops all ranks if one of them is to stop.</summary>
    /// <exception cref="OperationCanceledException">One is; thrown on all.</exception>
    internal void AgreeToContinue()
    {
        CheckAlive();
        if (!AreSeveral) return;
        Span<double> requests = [Cancellation];
        Group.Sum(requests);
        if (requests[0] > 0) throw new OperationCanceledException("A rank was canceled.");
    }

    /// <summary>The items that this rank reads where all ranks share a set.</summary>
    internal ImmutableArray<int> PartOf(ImmutableArray<int> items) =>
        AreSeveral ? [.. Share.PositionsOf(items.Length, inPairs: false).Select(position => items[position])] : items;

    /// <summary>Options with the batch size that this rank has memory for.</summary>
    internal TrainingOptions Limit(TrainingOptions options) =>
        AreSeveral ? options with { BatchSize = Share.LargestOf(options.BatchSize, inPairs: options.Mixup is not null) } : options;

    /// <summary>From now on, ranks wait for each other as long as <see cref="TimeToPrepare"/>.</summary>
    internal void AllowLongWork() => Group.Patience = TimeToPrepare;

    /// <summary>Adapts to the time that steps take, from the first one on.</summary>
    internal void Adapt(TimeSpan step)
    {
        if (!AreSeveral) return;
        if (step > _longestStep) _longestStep = step;
        TimeSpan patience = _longestStep * StepsOfPatience;
        Group.Patience = patience > _leastPatience ? patience : _leastPatience;
    }
}
