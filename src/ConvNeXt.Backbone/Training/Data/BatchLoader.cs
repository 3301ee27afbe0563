using System.Runtime.ExceptionServices;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>Fills one image of a batch.</summary>
/// <param name="plan">The batch.</param>
/// <param name="item">The item's index in its source.</param>
/// <param name="pixels">Receives the image as network input.</param>
internal delegate void ImageFiller(PlannedBatch plan, int item, Span<float> pixels);

/// <summary>
/// Prepares batches ahead on its own threads in bounded memory: a ring of slots, each for one batch. Threads claim images one by one in batch order, so batches
/// are completed in order and their contents do not depend on the threads. For a single consumer.
/// </summary>
internal sealed class BatchLoader : IDisposable
{
    private const int AliveIntervalMilliseconds = 20;

    private readonly object _gate = new();
    private readonly LoadedBatch[] _slots;
    private readonly Thread[] _threads;
    private readonly Func<int, PlannedBatch> _planOf;
    private readonly ImageFiller _fill;
    private readonly Action<LoadedBatch>? _finish;
    private readonly ReadErrors? _errors;
    private readonly int _batches;
    private readonly Func<PlannedBatch, int> _lengthOf;
    private int _loading; // the batch whose images are being handed out
    private int _position; // the next image of that batch
    private int _taken; // number of batches that the consumer has taken; the last one is in use
    private bool _stopped;

    /// <summary>Starts loading.</summary>
    /// <param name="batches">Number of batches.</param>
    /// <param name="batchSize">Largest number of images in a batch.</param>
    /// <param name="imageLength">Number of floats per image.</param>
    /// <param name="planOf">Returns the contents of a batch; called once per batch, in order.</param>
    /// <param name="fill">Loads an item; called from several threads concurrently.</param>
    /// <param name="threads">Number of loader threads, at least 1.</param>
    /// <param name="batchesAhead">Number of batches prepared while one is in use, at least 1.</param>
    /// <param name="finish">Called on a batch when all of its images are loaded, by the thread that loaded the last one; null for no call.</param>
    /// <param name="errors">Lets unreadable images be left out, so that a batch may even be empty; null if the first one is an error.</param>
    /// <param name="lengthOf">Number of floats per image of a batch, at most <paramref name="imageLength"/>; null if all have that many.</param>
    internal BatchLoader(
        int batches,
        int batchSize,
        int imageLength,
        Func<int, PlannedBatch> planOf,
        ImageFiller fill,
        int threads,
        int batchesAhead,
        Action<LoadedBatch>? finish = null,
        ReadErrors? errors = null,
        Func<PlannedBatch, int>? lengthOf = null)
    {
        (_batches, _planOf, _fill, _finish, _errors) = (batches, planOf, fill, finish, errors);
        _lengthOf = lengthOf ?? (_ => imageLength);
        _slots = new LoadedBatch[Math.Clamp(batches, 1, batchesAhead + 1)];
        for (int i = 0; i < _slots.Length; i++) _slots[i] = new LoadedBatch(checked(batchSize * imageLength));
        _threads = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"Image loader {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Waits for the next batch. It is valid until the next call.</summary>
    /// <param name="checkAlive">Called while waiting; may throw to stop waiting.</param>
    /// <exception cref="Exception">The error of the first image in the batch that could not be loaded.</exception>
    internal LoadedBatch Take(Action checkAlive)
    {
        LoadedBatch slot;
        lock (_gate)
        {
            int number = _taken++;
            slot = _slots[number % _slots.Length];
            Monitor.PulseAll(_gate); // the slot of the previous batch is now free
            while (slot.Number != number || slot.Missing > 0)
            {
                checkAlive();
                Monitor.Wait(_gate, AliveIntervalMilliseconds);
            }
        }
        if (slot.Failure is { } failure) ExceptionDispatchInfo.Throw(failure.Error);
        _errors?.Report(slot);
        return slot;
    }

    /// <summary>Stops the threads and waits for the images they are loading.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads) thread.Join();
    }

    private void Work()
    {
        while (TryClaim(out var batch, out int position))
        {
            Exception? error = null;
            try
            {
                int length = _lengthOf(batch.Plan!);
                _fill(batch.Plan!, batch.Plan!.Items[position], batch.Images.AsSpan(position * length, length));
            }
            catch (Exception exception)
            {
                error = exception; // thrown to the consumer
            }
            bool isLast;
            lock (_gate)
            {
                if (error is not null && _errors is not null && ReadErrors.Skips(error)) batch.LeaveOut(position, error);
                else if (error is not null) batch.Fail(position, error);
                isLast = batch.Missing == 1;
                if (!isLast) batch.Missing--;
            }
            if (isLast) Complete(batch);
        }
    }

    private void Complete(LoadedBatch batch)
    {
        Exception? error = null;
        try
        {
            batch.CloseGaps(_lengthOf(batch.Plan!));
            if (batch.Failure is null && batch.Plan!.Items.Length > 0) _finish?.Invoke(batch);
        }
        catch (Exception exception)
        {
            error = exception;
        }
        lock (_gate)
        {
            if (error is not null) batch.Fail(0, error);
            batch.Missing--;
            Monitor.PulseAll(_gate);
        }
    }

    private bool TryClaim(out LoadedBatch batch, out int position)
    {
        lock (_gate)
        {
            while (true)
            {
                while (!_stopped && _loading < _batches && _loading >= Math.Max(_taken - 1, 0) + _slots.Length) Monitor.Wait(_gate);
                batch = _slots[_loading % _slots.Length];
                position = _position;
                if (_stopped || _loading >= _batches) return false;
                if (position == 0 && !TryBegin(batch)) return false;
                if (batch.Plan!.Items.Length > 0) break;
                _loading++; // a batch of other ranks
                Monitor.PulseAll(_gate);
            }
            if (++_position == batch.Plan.Items.Length) (_loading, _position) = (_loading + 1, 0);
            return true;
        }
    }

    // An error here is the consumer's, too; nothing is loaded after it.
    private bool TryBegin(LoadedBatch batch)
    {
        try
        {
            batch.Begin(_loading, _planOf(_loading));
            return true;
        }
        catch (Exception exception)
        {
            batch.BeginFailed(_loading, exception);
            _loading = _batches;
            Monitor.PulseAll(_gate);
            return false;
        }
    }
}
