namespace QuickStart;

/// <summary>What the command line asked for; null where it is left to the sample.</summary>
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
