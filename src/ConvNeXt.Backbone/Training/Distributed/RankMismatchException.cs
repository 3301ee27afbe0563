namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>
/// The ranks of a run do not fit together: their options, data, network, version or processors differ. The message names rank, machine and difference.
/// </summary>
public sealed class RankMismatchException : InvalidOperationException
{
    internal RankMismatchException(string message)
        : base(message)
    {
    }
}
