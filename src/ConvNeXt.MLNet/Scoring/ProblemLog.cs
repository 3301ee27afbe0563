using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>Warns of images that cannot be read: each of the first ones in a message of its own, the rest as a number at the end.</summary>
internal sealed class ProblemLog(IHost host, int limit) : IDisposable
{
    /// <summary>Messages in one pass over a view.</summary>
    public const int LimitPerPass = 20;

    private readonly Lock _lock = new();
    private long _count;
    private bool _disposed;

    /// <summary>Reports the problem of a row.</summary>
    /// <param name="problem">The reason, a sentence.</param>
    /// <param name="row">The row, at the start of a sentence, such as "Row 5".</param>
    public void Add(string problem, string row)
    {
        lock (_lock)
        {
            if (++_count > limit) return;
        }
        using IChannel channel = host.Start("Scoring images");
        channel.Warning(MessageSensitivity.UserData, "{0} {1} gets NaN.", problem, row);
    }

    /// <summary>Reports how many problems were not reported one by one.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            if (_count <= limit) return;
        }
        using IChannel channel = host.Start("Scoring images");
        channel.Warning(
            MessageSensitivity.None, "{0} images could not be read; the first {1} are named above. Their rows have NaN.", _count, limit);
    }
}
