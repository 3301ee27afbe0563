namespace Microsoft.ML.Runtime;

public enum ChannelMessageKind
{
    Trace = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// <summary>What of the user's a message may reveal.</summary>
[Flags]
public enum MessageSensitivity
{
    None = 0,
    UserData = 1,
    Schema = 2,
    Unknown = ~None,
    All = Unknown,
}

/// <summary>A message for people; its text is put together when it is read.</summary>
public readonly struct ChannelMessage
{
    private readonly string _format;
    private readonly object[]? _args;

    public readonly ChannelMessageKind Kind;
    public readonly MessageSensitivity Sensitivity;

    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string message)
    {
        Contracts.CheckNonEmpty(message, nameof(message));
        Kind = kind;
        Sensitivity = sensitivity;
        _format = message;
    }

    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string fmt, params object[] args)
        : this(kind, sensitivity, fmt)
    {
        _args = args;
    }

    public string Message => _args is null ? _format : string.Format(_format, _args);
}

/// <summary>Who sends a message.</summary>
internal interface IMessageSource
{
    string ShortName { get; }

    string FullName { get; }

    bool Verbose { get; }
}
