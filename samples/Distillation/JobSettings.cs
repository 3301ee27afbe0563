using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training.Distillation;

namespace Distillation;

/// <summary>What the command line says.</summary>
internal sealed record JobSettings
{
    public required string Images { get; init; }

    public string? Teacher { get; init; }

    public required ConvNeXtVariant TeacherVariant { get; init; }

    public string? TeacherWeights { get; init; }

    public required int TeacherSize { get; init; }

    public string? Weights { get; init; }

    public required int Size { get; init; }

    public int? Epochs { get; init; }

    public required DistillationOptions Distillation { get; init; }

    public required int Seed { get; init; }
}
