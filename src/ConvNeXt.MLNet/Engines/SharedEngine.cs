using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.MLNet.Engines;

/// <summary>
/// The engine of one network, with a count of its users: models that share the network, PredictionEngines, cursors and calls. It is created when a user needs
/// it first and disposed when the last user leaves; the next user gets a new one. If creating it fails, the next call tries again.
/// </summary>
/// <param name="create">Creates the engine.</param>
/// <param name="warn">Called when the engine was created so often that its users should keep it.</param>
internal sealed class SharedEngine(Func<IScoringEngine> create, Action? warn = null)
{
    /// <summary>Number of creations that <c>warn</c> is called after.</summary>
    private const int ManyCreations = 5;

    private readonly Lock _creating = new();
    private readonly Lock _lock = new();
    private IScoringEngine? _engine;
    private int _users;
    private int _creations;

    /// <summary>Whether there is an engine at the moment.</summary>
    public bool IsOpen => Volatile.Read(ref _engine) is not null;

    /// <summary>The engine; only for a user, between <see cref="Enter"/> and <see cref="Leave"/>.</summary>
    /// <exception cref="EngineUnavailableException">The engine cannot be used, and no fallback is allowed.</exception>
    public IScoringEngine Engine
    {
        get
        {
            if (Volatile.Read(ref _engine) is { } created) return created;
            lock (_creating)
            {
                if (_engine is null)
                {
                    Volatile.Write(ref _engine, create());
                    if (++_creations == ManyCreations) warn?.Invoke();
                }

                return _engine!;
            }
        }
    }

    /// <summary>Adds a user. The engine is not created yet.</summary>
    public void Enter()
    {
        lock (_lock) _users++;
    }

    /// <summary>Removes a user; the last one disposes the engine.</summary>
    public void Leave() => Remove()?.Dispose();

    /// <summary>
    /// Removes a user that was dropped without being disposed; for its finalizer. After the last one the engine is dropped as well, and its own finalizers free
    /// the memory.
    /// </summary>
    public void Abandon() => Remove();

    // Nobody creates an engine meanwhile: whoever does is a user.
    private IScoringEngine? Remove()
    {
        lock (_lock)
        {
            if (--_users > 0) return null;
            IScoringEngine? unused = _engine;
            _engine = null;
            return unused;
        }
    }
}
