namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>Repeats actions that may fail for a short time: a file that another program has open, a share that does not respond.</summary>
/// <param name="wait">Waits between two attempts; null for <see cref="Thread.Sleep(TimeSpan)"/>.</param>
/// <param name="attempts">Maximum number of attempts; null for those of the kind of action.</param>
internal sealed class Retry(Action<TimeSpan>? wait = null, int? attempts = null)
{
    /// <summary>One attempt.</summary>
    public static Retry None { get; } = new(attempts: 1);

    // About three seconds in all: longer than indexers and virus scanners keep a file open, shorter than anyone minds.
    private static readonly TimeSpan[] _fileDelays = [.. new[] { 50, 100, 200, 400, 800, 1600 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];
    private static readonly TimeSpan[] _readDelays = [TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)];

    private readonly Action<TimeSpan> _wait = wait ?? Thread.Sleep;

    /// <summary>Whether an exception says that a file is missing, locked, protected or cannot be stored.</summary>
    public static bool IsFileError(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>Writes a file, with several attempts within about three seconds.</summary>
    /// <param name="write">Writes the file; may be called again after an <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    public void Write(Action write)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                write();
                return;
            }
            catch (Exception e) when (IsFileError(e) && MayRepeat(attempt, _fileDelays))
            {
                _wait(_fileDelays[attempt]);
            }
        }
    }

    /// <summary>Reads something, with two more attempts within about a second.</summary>
    /// <param name="read">Reads it.</param>
    /// <param name="isTransient">Whether another attempt may help after an exception.</param>
    public T Read<T>(Func<T> read, Func<Exception, bool> isTransient)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return read();
            }
            catch (Exception e) when (MayRepeat(attempt, _readDelays) && isTransient(e))
            {
                _wait(_readDelays[attempt]);
            }
        }
    }

    private bool MayRepeat(int attempt, TimeSpan[] delays) => attempt < Math.Min(delays.Length, (attempts ?? int.MaxValue) - 1);
}

/// <summary>
/// Writes something that a run can do without, such as metrics. A failure is retried, then reported once, and the run continues; while failures last, later
/// writes are not retried, so that they cost no time.
/// </summary>
/// <param name="retry">The attempts.</param>
/// <param name="warn">Receives the message of the first of several failures in a row.</param>
internal sealed class OptionalWrite(Retry retry, Action<string> warn)
{
    private bool _failing;

    /// <summary>Writes it; returns whether that succeeded.</summary>
    /// <param name="write">Writes it, with these attempts.</param>
    /// <param name="consequence">What a failure means, for the message.</param>
    public bool TryRun(Action<Retry> write, string consequence)
    {
        try
        {
            write(_failing ? Retry.None : retry);
            _failing = false;
            return true;
        }
        catch (Exception e) when (Retry.IsFileError(e))
        {
            if (!_failing) warn($"{e.Message} {consequence}");
            _failing = true;
            return false;
        }
    }
}
