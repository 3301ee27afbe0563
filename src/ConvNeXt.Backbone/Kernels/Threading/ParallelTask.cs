namespace ConvNeXt.Backbone.Kernels.Threading;

/// <summary>
/// Work that is cut into independent items. A task is a plain struct of pointers and sizes on the caller's stack, so that nothing is allocated per call.
/// Items run in any order on any thread, so an item must own what it writes, and must not throw.
/// </summary>
internal interface IParallelTask
{
    /// <summary>Runs one item.</summary>
    /// <param name="item">Which, from 0.</param>
    /// <param name="worker">Which of the team's threads runs it, from 0; no two items run at the same time under one number. Selects the scratch memory.</param>
    void Run(int item, int worker);
}
