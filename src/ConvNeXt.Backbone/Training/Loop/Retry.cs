namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>Repeats actions that may fail for a short time: a file that another program has open, a share that does not respond.</summary>
/// <param name="wait">Waits between two attempts; null for <see cref="Thread.Sleep(TimeSpan)"/>.</param>
/// <param name="attempts">Maximum number of attempts; null for those of the kind of action.</param>
internal sealed class Retry(Action<TimeSpan>? wait = null, int? attempts = null)
{
    /// <summary>One attempt.</summary>
    public static Retry None { get; } = new(attempts: 1);

    // About three seconds in all: longer than indexers and virus scanners keep a file open, shorter than anyone minds.
    private static readonly TimeSpan[] _fileDelays = [.. new[] { 50, 100, 200, 400, 800, 1600 }.Select(delay => TimeSpan.FromMilliseconds(delay))];
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
