using ConvNeXt.MLNet.Hosting.Models;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>Prepared images that wait for the network. Lanes take them in batches, one after the other; how many lanes compute at a time is the model's.</summary>
internal sealed class PreparedLine(ConvNeXtClassifierOptions options, WaitEstimate estimate, TimeProvider time) : WaitingLine
{
    /// <summary>
    /// Time of one thread from which on a batch is large enough where each lane computes on a core of its own: handing it over costs little of it, and more
    /// images would only make the first ones wait for the last ones.
    /// </summary>
    private static readonly TimeSpan _worthwhileTime = TimeSpan.FromMilliseconds(2);

    // Under the lock.
    private int _computing;
    private bool _gathers;

    /// <summary>Waits for the first request and takes it together with those that follow it and have the same model.</summary>
    /// <param name="batch">Receives the requests; empty before. <see cref="EndBatch"/> is called when they are computed.</param>
    /// <returns>False if the line is closed.</returns>
    public bool TakeBatch(List<ClassificationRequest> batch)
    {
        lock (Sync)
        {
            while (true)
            {
                while (!HasWork())
                {
                    if (IsClosed) return false;
                    Monitor.Wait(Sync);
                }
                if (TryFill(batch)) return true;
            }
        }
    }

    /// <summary>A batch is computed.</summary>
    public void EndBatch()
    {
        lock (Sync)
        {
            _computing--;
            if (Requests.Count > 0) Monitor.PulseAll(Sync);
        }
    }

    // The lane that gathers a batch is told of each request, and it is not known which of the threads that wait it is.
    protected override void TellOfOne()
    {
        if (_gathers) Monitor.PulseAll(Sync);
        else base.TellOfOne();
    }

    // These are methods of their own: a variable of the loop would keep a request that another lane took, and with it the memory of its model, while this lane
    // waits.
    private bool HasWork() => !_gathers && Requests.First is { } node && _computing < node.Value.Model.Lanes;

    private bool TryFill(List<ClassificationRequest> batch)
    {
        ClassificationRequest first = Requests.First!.Value;
        int most = Math.Min(options.MaxBatchSize, first.Model.Scorer.BatchSize);
        if (!WaitForMore(first, most)) return false; // the first one has left
        most = Math.Min(most, FindShare(first.Model));
        while (batch.Count < most && Requests.First is { } next && next.Value.Model == first.Model) batch.Add(Unlink(next));
        _computing++;
        if (Requests.Count > 0) Monitor.PulseAll(Sync); // for the other lanes
        return true;
    }

    // What one lane takes of what is there; the others are to have some, too.
    private int FindShare(LoadedModel model)
    {
        TimeSpan each = estimate.TimeOnAThread;
        if (model.Lanes == 1 || options.MaxQueueDelay > TimeSpan.Zero) return int.MaxValue;
        int free = model.Lanes - _computing, share = ((Requests.Count - 1) / free) + 1;
        return each == TimeSpan.Zero ? share : (int)Math.Clamp(_worthwhileTime / each, 1, share);
    }

    // It releases the lock while it waits.
    private bool WaitForMore(ClassificationRequest first, int most)
    {
        _gathers = true;
        try
        {
            while (!IsClosed && Requests.Count < most && Requests.Last!.Value.Model == first.Model)
            {
                TimeSpan left = options.MaxQueueDelay - time.GetElapsedTime(first.Queued);
                if (left <= TimeSpan.Zero) break;
                using (time.CreateTimer(static line => ((PreparedLine)line!).Wake(), this, left, Timeout.InfiniteTimeSpan)) Monitor.Wait(Sync);
                if (Requests.First?.Value == first) continue;
                Monitor.PulseAll(Sync);
                return false;
            }
            return Requests.First?.Value == first;
        }
        finally
        {
            _gathers = false;
        }
    }

    private void Wake()
    {
        lock (Sync) Monitor.PulseAll(Sync);
    }
}
