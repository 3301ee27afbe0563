using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Soak;

/// <summary>A loaded model that several threads use; what it holds is freed when its owner and all of them have released it.</summary>
internal sealed class SharedModel(ITransformer model)
{
    private int _users = 1;

    public ITransformer Model => model;

    /// <summary>Begins a use.</summary>
    /// <returns>False if it has been freed.</returns>
    public bool TryUse()
    {
        for (int users = Volatile.Read(ref _users); users > 0;)
        {
            int found = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (found == users) return true;
            users = found;
        }
        return false;
    }

    /// <summary>Ends a use, or the ownership.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0) (model as IDisposable)?.Dispose();
    }
}
