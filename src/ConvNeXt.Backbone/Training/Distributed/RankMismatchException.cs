namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>
/// The ranks of a run do not fit together: their options, data, network, version or processors differ. The message names rank, machine and difference.
/// </summary>
internal sealed class RankMismatchException : InvalidOperationException
{
    public RankMismatchException(string message)
        : base(message)
    {
    }
}
