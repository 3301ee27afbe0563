namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>Requests that wait, first in, first out. A request can leave it from any position. Its length is bounded by the admission.</summary>
internal sealed class WaitingLine(TimeProvider time)
{
    private readonly object _lock = new();
    private readonly LinkedList<ClassificationRequest> _requests = new();
    private bool _closed;

    public int Count
    {
        get
        {
            lock (_lock) return _requests.Count;
        }
    }

    /// <summary>Adds a request at the end.</summary>
    /// <returns>False if the line is closed.</returns>
    public bool TryAdd(ClassificationRequest request)
    {
        lock (_lock)
        {
            if (_closed) return false;
            request.Node = _requests.AddLast(request);
            Monitor.Pulse(_lock); // one thread takes a request, or the lane looks at its batch again
            return true;
        }
    }

    /// <summary>Removes a request; the caller owns it then.</summary>
    /// <returns>False if it is not in this line.</returns>
    public bool Remove(ClassificationRequest request)
    {
        lock (_lock)
        {
            if (request.Node is not { } node || node.List != _requests) return false;
            Unlink(node);
            return true;
        }
    }

    /// <summary>Waits for the first request and takes it.</summary>
    /// <returns>Null if the line is closed.</returns>
    public ClassificationRequest? Take()
    {
        lock (_lock)
        {
            while (_requests.Count == 0)
            {
                if (_closed) return null;
                Monitor.Wait(_lock);
            }
            return Unlink(_requests.First!);
        }
    }

    /// <summary>Waits for the first request and takes it together with those that follow it and have the same model.</summary>
    /// <param name="batch">Receives the requests; empty before.</param>
    /// <param name="maxCount">Number of requests to take at most, at least 1; fewer if the model allows no more.</param>
    /// <param name="maxDelay">How long the first request may wait for others.</param>
    /// <returns>False if the line is closed.</returns>
    public bool TakeBatch(List<ClassificationRequest> batch, int maxCount, TimeSpan maxDelay)
    {
        lock (_lock)
        {
            while (true)
            {
                while (_requests.Count == 0)
                {
                    if (_closed) return false;
                    Monitor.Wait(_lock);
                }
                ClassificationRequest first = _requests.First!.Value;
                int most = Math.Min(maxCount, first.Model.Scorer.BatchSize);
                if (!WaitForMore(first, most, maxDelay)) continue; // the first one has left
                while (batch.Count < most && _requests.First is { } next && next.Value.Model == first.Model) batch.Add(Unlink(next));
                return true;
            }
        }
    }

    /// <summary>Accepts no further requests; threads that wait get nothing.</summary>
    /// <returns>The requests that were waiting; the caller owns them.</returns>
    public IReadOnlyList<ClassificationRequest> Close()
    {
        lock (_lock)
        {
            _closed = true;
            ClassificationRequest[] left = [.. _requests];
            while (_requests.First is { } node) Unlink(node);
            Monitor.PulseAll(_lock);
            return left;
        }
    }

    // Under the lock, which it releases while it waits.
    private bool WaitForMore(ClassificationRequest first, int most, TimeSpan maxDelay)
    {
        while (!_closed && _requests.Count < most && _requests.Last!.Value.Model == first.Model)
        {
            TimeSpan left = maxDelay - time.GetElapsedTime(first.Queued);
            if (left <= TimeSpan.Zero) break;
            using (time.CreateTimer(static line => ((WaitingLine)line!).Wake(), this, left, Timeout.InfiniteTimeSpan)) Monitor.Wait(_lock);
            if (_requests.First?.Value != first) return false;
        }
        return true;
    }

    private void Wake()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }

    private ClassificationRequest Unlink(LinkedListNode<ClassificationRequest> node)
    {
        _requests.Remove(node);
        node.Value.Node = null;
        return node.Value;
    }
}
