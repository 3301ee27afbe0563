using System.Runtime.CompilerServices;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>Runs many requests a little ahead of their consumer and returns the results in order.</summary>
internal static class OrderedResults
{
    /// <summary>Returns a result for each image.</summary>
    /// <param name="images">The images.</param>
    /// <param name="classify">Begins a request.</param>
    /// <param name="ahead">Number of requests that are in progress at once at most, at least 1.</param>
    /// <param name="cancellationToken">Ends all of them.</param>
    public static async IAsyncEnumerable<ClassificationResult> RunAsync(
        IAsyncEnumerable<ImageInput> images,
        Func<ImageInput, CancellationToken, Task<ClassificationResult>> classify,
        int ahead,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pending = new Queue<Task<ClassificationResult>>();
        IAsyncEnumerator<ImageInput> source = images.GetAsyncEnumerator(stop.Token);
        Task<bool>? next = null;
        bool hasMore = true;
        try
        {
            while (hasMore || pending.Count > 0)
            {
                if (hasMore && next is null && pending.Count < ahead) next = source.MoveNextAsync().AsTask();
                // A source that is slow does not hold back results that are there.
                if (next is not null && pending.Count > 0) await Task.WhenAny(next, pending.Peek()).ConfigureAwait(false);
                if (next is not null && (pending.Count == 0 || next.IsCompleted))
                {
                    hasMore = await next.ConfigureAwait(false);
                    next = null;
                    if (hasMore) pending.Enqueue(classify(source.Current, stop.Token));
                }
                if (pending.Count > 0 && (pending.Peek().IsCompleted || !hasMore || pending.Count == ahead))
                    yield return await pending.Dequeue().ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            if (next is not null) await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (Task request in pending) await request.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }
}
