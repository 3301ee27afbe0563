namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Sums gradients over the ranks of a run on several machines, in place. An engine begins each piece of its gradients as soon as backward has finished it, and
/// completes all of them before the optimizer's step. All ranks begin the same pieces in the same order.
/// </summary>
internal unsafe interface IGradientExchange
{
    /// <summary>Starts to sum a piece; it must not be read or written before <see cref="Complete"/> returns.</summary>
    /// <param name="values">The values of this rank, replaced by the sums.</param>
    /// <param name="count">Number of values.</param>
    void Begin(float* values, long count);

    /// <summary>Moves the sums forward that have begun; called between layers, returns at once.</summary>
    void Progress();

    /// <summary>Waits for all sums that have begun.</summary>
    void Complete();
}
