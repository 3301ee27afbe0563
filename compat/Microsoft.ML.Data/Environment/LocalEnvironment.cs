using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The environment inside an MLContext, and, as <see cref="Host"/>, the part of it that a component is given.</summary>
internal class LocalEnvironment : IHostEnvironmentInternal, ICancelable
{
    private readonly LocalEnvironment? _parent;
    private readonly LocalEnvironment _root;
    private readonly string? _shortName;
    private readonly Lock _cancelLock = new();
    private readonly List<WeakReference<Host>> _children = [];
    private Action<IMessageSource, ChannelMessage>? _listeners;
    private volatile bool _isCanceled;

    public LocalEnvironment(int? seed = null)
    {
        _root = this;
        Seed = seed;
        ComponentCatalog = new ComponentCatalog();
        TempFilePath = Path.GetTempPath();
        Random = RandomUtils.Create(seed);
    }

    private LocalEnvironment(LocalEnvironment parent, string shortName, Random random)
    {
        _parent = parent;
        _root = parent._root;
        _shortName = shortName;
        _isCanceled = parent._isCanceled;
        Seed = parent.Seed;
        ComponentCatalog = parent.ComponentCatalog;
        TempFilePath = parent.TempFilePath;
        FallbackToCpu = parent.FallbackToCpu;
        GpuDeviceId = parent.GpuDeviceId;
        Random = random;
    }

    public int? Seed { get; }

    public ComponentCatalog ComponentCatalog { get; }

    public string TempFilePath { get; set; }

    public bool FallbackToCpu { get; set; }

    public int? GpuDeviceId { get; set; }

    public string ContextDescription => "HostEnvironment";

    bool ICancelable.IsCanceled => _isCanceled;

    protected Random Random { get; }

    /// <summary>As ML.NET forms it: a component's name comes after that of the one two levels above it.</summary>
    private string? FullName => _parent?._parent?.FullName is string above ? $"{above}; {_shortName}" : _shortName;

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        lock (_cancelLock)
        {
            // The generator of the child is drawn from this one's, so that one seed decides over all.
            var host = new Host(this, name, seed is int value ? RandomUtils.Create(value) : RandomUtils.Create(Random));
            _children.RemoveAll(child => !child.TryGetTarget(out _));
            _children.Add(new WeakReference<Host>(host));
            return host;
        }
    }

    /// <summary>Tells this environment, and every component that lives in it, to stop at its next check.</summary>
    public void CancelExecution()
    {
        lock (_cancelLock)
        {
            foreach (var child in _children)
                if (child.TryGetTarget(out var host)) host.CancelExecution();
            _children.Clear();
            _isCanceled = true;
        }
    }

    public IChannel Start(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new Channel(FullName, name, _root.Dispatch);
    }

    public IPipe<TMessage> StartPipe<TMessage>(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new Pipe<TMessage>(FullName, name, _root.Dispatch);
    }

    public IProgressChannel StartProgressChannel(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new ProgressChannel();
    }

    public TException Process<TException>(TException ex)
        where TException : Exception
        => Contracts.Mark(ex);

    public void AddListener(Action<IMessageSource, ChannelMessage> listener) => _root._listeners += listener;

    private void Dispatch(IMessageSource source, ChannelMessage message) => _listeners?.Invoke(source, message);

    private sealed class Host(LocalEnvironment parent, string shortName, Random random) : LocalEnvironment(parent, shortName, random), IHost
    {
        public Random Rand => Random;
    }
}
