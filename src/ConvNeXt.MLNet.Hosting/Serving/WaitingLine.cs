namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>Requests that wait, first in, first out. A request can leave it from any position. Its length is bounded by the admission.</summary>
internal class WaitingLine
{
    public int Count
    {
        get
        {
            lock (Sync) return Requests.Count;
        }
    }

    /// <summary>The lock of everything below; threads that wait for requests wait for it to be pulsed.</summary>
    protected object Sync { get; } = new();

    protected LinkedList<ClassificationRequest> Requests { get; } = new();

    protected bool IsClosed { get; private set; }

    /// <summary>Adds a request at the end.</summary>
    /// <returns>False if the line is closed.</returns>
    public bool TryAdd(ClassificationRequest request)
    {
        lock (Sync)
        {
            if (IsClosed) return false;
            request.Node = Requests.AddLast(request);
            TellOfOne();
            return true;
        }
    }

    /// <summary>Removes a request; the caller owns it then.</summary>
    /// <returns>False if it is not in this line.</returns>
    public bool Remove(ClassificationRequest request)
    {
        lock (Sync)
        {
            if (request.Node is not { } node || node.List != Requests) return false;
            Unlink(node);
            return true;
        }
    }

    /// <summary>Waits for the first request and takes it.</summary>
    /// <returns>Null if the line is closed.</returns>
    public ClassificationRequest? Take()
    {
        lock (Sync)
        {
            while (Requests.Count == 0)
            {
                if (IsClosed) return null;
                Monitor.Wait(Sync);
            }
            return Unlink(Requests.First!);
        }
    }

    /// <summary>Accepts no further requests; threads that wait get nothing.</summary>
    /// <returns>The requests that were waiting; the caller owns them.</returns>
    public IReadOnlyList<ClassificationRequest> Close()
    {
        lock (Sync)
        {
            IsClosed = true;
            ClassificationRequest[] left = [.. Requests];
            while (Requests.First is { } node) Unlink(node);
            Monitor.PulseAll(Sync);
            return left;
        }
    }

    /// <summary>Wakes a thread for a new request; under the lock.</summary>
    protected virtual void TellOfOne() => Monitor.Pulse(Sync);

    /// <summary>Takes a request out; under the lock.</summary>
    protected static ClassificationRequest Unlink(LinkedListNode<ClassificationRequest> node)
    {
        node.List!.Remove(node);
        node.Value.Node = null;
        return node.Value;
    }
}
