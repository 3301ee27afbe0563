namespace ConvNeXt.MLNet.Engines;

/// <summary>
/// A value that is created once, on first use, even if several threads use it at the same time. Unlike <see cref="Lazy{T}"/> it does not remember a failure: the
/// next use tries again, because memory may be free or a server reachable by then.
/// </summary>
internal sealed class CreatedOnce<T>(Func<T> create)
    where T : class
{
    private readonly Lock _lock = new();
    private T? _value;

    public T Value
    {
        get
        {
            if (Volatile.Read(ref _value) is { } created) return created;
            lock (_lock)
            {
                if (_value is null) Volatile.Write(ref _value, create());
                return _value!;
            }
        }
    }
}
