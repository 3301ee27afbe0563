namespace ConvNeXt.Backbone.Kernels.Threading;

/// <summary>
/// Work that is split into independent items. A task is a plain struct of pointers and sizes on the caller's stack, so that a call allocates nothing. Items run
/// in any order on any thread, so an item must write only its own memory and must not throw.
/// </summary>
internal interface IParallelTask
{
    /// <summary>Runs one item.</summary>
    /// <param name="item">Index of the item, from 0.</param>
    /// <param name="worker">
    /// Index of the thread that runs it, from 0; two items never run at the same time with the same index. Selects the scratch memory.
    /// </param>
    void Run(int item, int worker);
}
