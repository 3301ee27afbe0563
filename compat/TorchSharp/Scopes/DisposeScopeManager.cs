namespace TorchSharp;

/// <summary>The dispose scopes of a thread, innermost first, and its count of tensors.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? _ofThread;

    private DisposeScope? _innermost;

    public static ThreadDisposeScopeStatistics Statistics => OfThread.StatisticsOfThread;

    internal static DisposeScopeManager OfThread => _ofThread ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics StatisticsOfThread { get; } = new();

    internal DisposeScope Open() => _innermost = new DisposeScope(this, _innermost);

    /// <summary>A scope may end before those opened inside it: they then stand in the next outer one.</summary>
    internal void Remove(DisposeScope scope)
    {
        if (_innermost == scope)
        {
            _innermost = scope.Outer;
            return;
        }
        for (DisposeScope? inner = _innermost; inner is not null; inner = inner.Outer)
            if (inner.Outer == scope) inner.Outer = scope.Outer;
    }

    internal DisposeScope? Register(torch.Tensor tensor)
    {
        if (_innermost is null) StatisticsOfThread.CreatedOutsideScopeCount++;
        else StatisticsOfThread.CreatedInScopeCount++;
        _innermost?.Add(tensor);
        return _innermost;
    }

    internal void Disposing(torch.Tensor tensor)
    {
        if (tensor.OwningScope is null) StatisticsOfThread.DisposedOutsideScopeCount++;
        else StatisticsOfThread.DisposedInScopeCount++;
        tensor.OwningScope?.Forget(tensor);
        tensor.OwningScope = null;
    }
}
