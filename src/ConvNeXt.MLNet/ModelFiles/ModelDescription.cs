using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Schema;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>Everything of a saved transformer but its weights; written as JSON into the model file.</summary>
internal sealed record ModelDescription
{
    /// <summary>Version of this layout.</summary>
    public required int Format { get; init; }

    /// <summary>The network.</summary>
    public required ConvNeXtConfig Network { get; init; }

    /// <summary>How images become its input.</summary>
    public required ImagePreprocessing Preprocessing { get; init; }

    /// <summary>Column with the images.</summary>
    public required string ImageColumn { get; init; }

    /// <summary>The columns that are added, in order.</summary>
    public required string[] OutputColumns { get; init; }

    /// <summary>What relative paths are relative to; null for the process's current folder.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Images that are scored together when a view is read.</summary>
    public required int BatchSize { get; init; }

    /// <summary>What a featurizer gives; null, and not written, for pooled features and for a classifier.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FeatureLevel? Output { get; init; }

    /// <summary>What a classifier divides its logits by before the softmax; null, and not written, for 1 and for a featurizer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Type of the labels, as <see cref="LabelValues.TypeName"/> says it; null for a model without.</summary>
    public string? LabelType { get; init; }

    /// <summary>The labels in key order; null for a model without.</summary>
    public string[]? Labels { get; init; }

    /// <summary>SHA-256 of the weights' stream in hexadecimal.</summary>
    public required string WeightsSha256 { get; init; }
}
