namespace TorchSharp;

/// <summary>
/// Owns the tensors made on its thread while it is the innermost one, and disposes those that are still in it when it ends. A tensor is in one scope or in none.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private readonly HashSet<torch.Tensor> _tensors = new(ReferenceEqualityComparer.Instance);
    private readonly DisposeScopeManager _manager;
    private bool _ended;

    internal DisposeScope(DisposeScopeManager manager, DisposeScope? outer) => (_manager, Outer) = (manager, outer);

    internal DisposeScope? Outer { get; set; }

    public int DisposablesCount => Live._tensors.Count;

    private DisposeScope Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            return this;
        }
    }

    public bool Contains(IDisposable disposable) => disposable is torch.Tensor tensor && _tensors.Contains(tensor);

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        Live.Move(disposable, Outer);
        return disposable;
    }

    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        Live.Move(disposable, null);
        return disposable;
    }

    public void Attach(IDisposable disposable)
    {
        torch.Tensor tensor = Tensor(disposable);
        Live._tensors.Add(tensor);
        if (tensor.OwningScope != this) tensor.OwningScope?._tensors.Remove(tensor);
        tensor.OwningScope = this;
    }

    public void DisposeEverything()
    {
        foreach (torch.Tensor tensor in Live._tensors.ToArray()) tensor.Dispose();
    }

    public void Dispose()
    {
        if (_ended) return;
        DisposeEverything();
        _manager.Remove(this);
        _ended = true;
    }

    internal void Add(torch.Tensor tensor) => _tensors.Add(tensor);

    internal void Forget(torch.Tensor tensor) => _tensors.Remove(tensor);

    private static torch.Tensor Tensor(IDisposable disposable) =>
        disposable as torch.Tensor ?? throw new InvalidOperationException($"a dispose scope holds tensors, not {disposable?.GetType().Name ?? "null"}");

    private void Move(IDisposable disposable, DisposeScope? scope)
    {
        torch.Tensor tensor = Tensor(disposable);
        if (!_tensors.Remove(tensor)) return;
        tensor.OwningScope = scope;
        if (scope is not null) scope._tensors.Add(tensor);
        else _manager.StatisticsOfThread.DetachedFromScopeCount++;
    }
}
