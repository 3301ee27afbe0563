namespace QuickStart;

/// <summary>The command-line options. If null, the sample chooses a value.</summary>
internal sealed record JobSettings
{
    public string? Images { get; init; }

    public required string Output { get; init; }

    public string? Onnx { get; init; }

    public int? Seeds { get; init; }

    public int? Epochs { get; init; }

    public int? Size { get; init; }

    public float? Validation { get; init; }

    public int Threads { get; init; }
}
