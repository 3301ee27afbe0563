namespace ConvNeXt.Backbone.Training.Loop;

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
    /// <param name="isLast">Whether it is the last one, which is retried and reported in any case.</param>
    public bool TryRun(Action<Retry> write, string consequence, bool isLast = false)
    {
        try
        {
            write(_failing && !isLast ? Retry.None : retry);
            _failing = false;
            return true;
        }
        catch (Exception e) when (Retry.IsFileError(e))
        {
            if (!_failing || isLast) warn($"{e.Message} {consequence}");
            _failing = true;
            return false;
        }
    }
}
