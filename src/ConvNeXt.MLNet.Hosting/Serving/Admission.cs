namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>
/// How many requests are in the service: a bounded number, no more than are answered in time, and none after it is closed. A request gives back its place
/// before its caller gets the result, so that the next request of the same caller is not refused, and leaves afterward; closing waits for those that have not
/// left.
/// </summary>
/// <param name="capacity">Number of places.</param>
/// <param name="maxWait">The longest time that a request may be expected to take; infinite for any.</param>
/// <param name="findWait">The time until as many requests are answered.</param>
internal sealed class Admission(int capacity, TimeSpan maxWait, Func<int, TimeSpan> findWait)
{
    // However long they take: one for each core, and one that follows it.
    private static readonly int _fewRequests = 2 * Environment.ProcessorCount;

    private readonly SemaphoreSlim _places = new(capacity, capacity);
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private int _inside;
    private bool _closed;

    /// <summary>Places that are taken.</summary>
    public int Taken => capacity - _places.CurrentCount;

    public bool IsClosed
    {
        get
        {
            lock (_lock) return _closed;
        }
    }

    /// <summary>Whether a request would be refused now: there is no place, or it would wait too long.</summary>
    public bool IsFull => IsFilledTo(1);

    /// <summary>Whether this share of the places is taken, or the next request would wait for this share of the longest time.</summary>
    public bool IsFilledTo(double share)
    {
        int taken = Taken;
        if (taken >= share * capacity) return true;
        return maxWait != Timeout.InfiniteTimeSpan && taken >= _fewRequests && findWait(taken + 1) > share * maxWait;
    }

    /// <summary>Takes a place.</summary>
    /// <returns>Why not, or null.</returns>
    public ClassificationStatus? TryEnter()
    {
        if (IsClosed) return ClassificationStatus.Unavailable;
        return !IsFull && _places.Wait(0) ? Count() : ClassificationStatus.QueueFull;
    }

    /// <summary>Takes a place, as soon as there is one.</summary>
    /// <returns>Why not, or null.</returns>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async Task<ClassificationStatus?> EnterAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _places.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ClassificationStatus.Unavailable;
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        return Count();
    }

    /// <summary>Gives back the place.</summary>
    public void FreePlace() => _places.Release();

    /// <summary>Ends a request whose place was given back.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (--_inside == 0 && _closed) _empty.TrySetResult();
        }
    }

    /// <summary>Lets nobody in anymore.</summary>
    /// <returns>Completes when the last request has left.</returns>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_inside == 0) _empty.TrySetResult();
        }
        _closing.Cancel();
        return _empty.Task;
    }

    private ClassificationStatus? Count()
    {
        lock (_lock)
        {
            if (!_closed)
            {
                _inside++;
                return null;
            }
        }
        _places.Release();
        return ClassificationStatus.Unavailable;
    }
}
