using System.Buffers;
using System.Diagnostics;
using ConvNeXt.MLNet.Hosting.Models;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>
/// One accepted request on its way through the lines. It has one model from beginning to end. Whoever takes it from a line owns it and ends it; a caller that
/// cancels, and the timeout, complete it for the caller at once and end it if it is waiting in a line.
/// </summary>
internal sealed class ClassificationRequest(ImageInput input, RequestSettings settings, LoadedModel model, Admission admission, TimeProvider time)
{
    private readonly TaskCompletionSource<ClassificationResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private float[]? _pixels;
    private long _stamp = time.GetTimestamp();
    private TimeSpan _waiting, _decoding;
    private WaitingLine? _line;
    private int _ended;

    public ImageInput Input { get; private set; } = input;

    public RequestSettings Settings { get; } = settings;

    public LoadedModel Model { get; } = model;

    /// <summary>The trace of the request; the default if it is not traced.</summary>
    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    /// <summary>Where it is in its line; changed by the line alone.</summary>
    public LinkedListNode<ClassificationRequest>? Node { get; set; }

    /// <summary>Timestamp at which it entered its line.</summary>
    public long Queued => _stamp;

    public Task<ClassificationResult> Task => _completion.Task;

    /// <summary>Whether the caller has its answer, so that nothing more needs to be done.</summary>
    public bool IsAnswered => _completion.Task.IsCompleted;

    /// <summary>Whether its owner has ended it; its memory is then no longer its own.</summary>
    public bool IsEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>The prepared image, [Height, Width, 3].</summary>
    public Span<float> Pixels => _pixels.AsSpan(0, Model.Scorer.PixelCount);

    /// <summary>Enters a line.</summary>
    public void WaitIn(WaitingLine line)
    {
        _stamp = time.GetTimestamp();
        Volatile.Write(ref _line, line);
        if (!line.TryAdd(this)) Complete(Problems.Create(ClassificationStatus.Unavailable));
        else if (IsAnswered && line.Remove(this)) End(); // it was answered before it was in the line
    }

    /// <summary>It was taken from a line.</summary>
    public void CountWaiting()
    {
        long now = time.GetTimestamp();
        _waiting += time.GetElapsedTime(_stamp, now);
        _stamp = now;
    }

    /// <summary>Takes the memory for the prepared image.</summary>
    public Span<float> RentPixels()
    {
        _pixels = ArrayPool<float>.Shared.Rent(Model.Scorer.PixelCount);
        return Pixels;
    }

    /// <summary>It is decoded; the encoded bytes are not needed anymore.</summary>
    /// <returns>How long that took.</returns>
    public TimeSpan CountDecoding()
    {
        _decoding = time.GetElapsedTime(_stamp);
        Input = default;
        return _decoding;
    }

    /// <summary>The caller does not want the result anymore.</summary>
    public void Cancel(CancellationToken token)
    {
        if (_completion.TrySetCanceled(token)) LeaveLine();
    }

    /// <summary>The caller does not get more time.</summary>
    public void TimeOut()
    {
        ClassificationTimings timings = new() { Waiting = _waiting, Decoding = _decoding };
        if (_completion.TrySetResult(Problems.Create(ClassificationStatus.TimedOut) with { Timings = timings })) LeaveLine();
    }

    /// <summary>Ends the request with a result; by its owner.</summary>
    public void Complete(ClassificationResult result, TimeSpan computing = default)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        Free();
        _completion.TrySetResult(result with { Timings = new() { Waiting = _waiting, Decoding = _decoding, Computing = computing } });
        admission.Leave();
    }

    /// <summary>Ends a request that is answered already; by its owner.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        Free();
        admission.Leave();
    }

    private void LeaveLine()
    {
        if (Volatile.Read(ref _line) is { } line && line.Remove(this)) End();
    }

    private void Free()
    {
        if (_pixels is { } pixels) ArrayPool<float>.Shared.Return(pixels);
        (_pixels, Input) = (null, default);
        Model.Leave();
        admission.FreePlace();
    }
}

/// <summary>The settings of a request, those of the service included.</summary>
internal readonly record struct RequestSettings(int TopCount, double UnsureBelow, TimeSpan Timeout)
{
    public static RequestSettings Create(ConvNeXtClassifierOptions service, ClassifyOptions? request) => new(
        request?.TopCount ?? service.TopCount, request?.UnsureBelow ?? service.UnsureBelow, request?.Timeout ?? service.RequestTimeout);
}
