using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Sends what is a message for people to the listeners; nobody listens for other types.</summary>
internal class Pipe<TMessage> : IPipe<TMessage>, IMessageSource
{
    private readonly Action<IMessageSource, ChannelMessage> _dispatch;
    private bool _disposed;

    public Pipe(string? owner, string name, Action<IMessageSource, ChannelMessage> dispatch)
    {
        ShortName = name;
        FullName = string.IsNullOrEmpty(owner) ? name : $"{owner}; {name}";
        _dispatch = dispatch;
    }

    public string ShortName { get; }

    public string FullName { get; }

    public bool Verbose => false;

    public string ContextDescription => FullName;

    public void Send(TMessage msg)
    {
        if (msg is ChannelMessage message) _dispatch(this, message);
    }

    public TException Process<TException>(TException ex)
        where TException : Exception
    {
        ex.Data["Phase"] = ShortName;
        return Contracts.Mark(ex);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        OnDisposed();
    }

    protected virtual void OnDisposed()
    {
    }
}

/// <summary>A channel, which tells when it begins and ends.</summary>
internal sealed class Channel : Pipe<ChannelMessage>, IChannel
{
    private readonly long _started = Stopwatch.GetTimestamp();

    public Channel(string? owner, string name, Action<IMessageSource, ChannelMessage> dispatch)
        : base(owner, name, dispatch)
    {
        Trace(MessageSensitivity.None, "Channel started");
    }

    public void Trace(MessageSensitivity sensitivity, string fmt) => Send(new ChannelMessage(ChannelMessageKind.Trace, sensitivity, fmt));

    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new ChannelMessage(ChannelMessageKind.Trace, sensitivity, fmt, args));

    public void Error(MessageSensitivity sensitivity, string fmt) => Send(new ChannelMessage(ChannelMessageKind.Error, sensitivity, fmt));

    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new ChannelMessage(ChannelMessageKind.Error, sensitivity, fmt, args));

    public void Warning(MessageSensitivity sensitivity, string fmt) => Send(new ChannelMessage(ChannelMessageKind.Warning, sensitivity, fmt));

    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new ChannelMessage(ChannelMessageKind.Warning, sensitivity, fmt, args));

    public void Info(MessageSensitivity sensitivity, string fmt) => Send(new ChannelMessage(ChannelMessageKind.Info, sensitivity, fmt));

    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new ChannelMessage(ChannelMessageKind.Info, sensitivity, fmt, args));

    protected override void OnDisposed()
    {
        Trace(MessageSensitivity.None, "Channel finished. Elapsed {0:c}.", Stopwatch.GetElapsedTime(_started));
        Trace(MessageSensitivity.None, "Channel disposed");
    }
}

/// <summary>
/// Checks what is reported against the header. The environment of an MLContext shows progress to nobody, so it goes no further: what a user
/// should see of it is sent as messages too.
/// </summary>
internal sealed class ProgressChannel : IProgressChannel
{
    private ProgressHeader _header = new();
    private bool _disposed;

    public IProgressChannel StartProgressChannel(string name) => new ProgressChannel();

    public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction)
    {
        Contracts.CheckValue(header, nameof(header));
        _header = header;
    }

    public void Checkpoint(params double?[] values)
    {
        Contracts.Check(!_disposed, "Can't report checkpoints after disposing");
        Contracts.Check(Internal.Utilities.Utils.Size(values) <= _header.MetricNames.Count + (2 * _header.UnitNames.Count), "Too many values provided in Checkpoint");
    }

    public void Dispose() => _disposed = true;
}
