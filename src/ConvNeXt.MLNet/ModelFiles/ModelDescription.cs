using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Schema;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>Everything in a saved transformer except its weights; stored as JSON in the model file.</summary>
internal sealed record ModelDescription
{
    /// <summary>Version of this format.</summary>
    public required int Format { get; init; }

    /// <summary>The architecture of the network.</summary>
    public required ConvNeXtConfig Network { get; init; }

    /// <summary>How images are resized, cropped and normalized.</summary>
    public required ImagePreprocessing Preprocessing { get; init; }

    /// <summary>
    /// How encoded images are decoded; null (not written) for <see cref="ImageDecodingOptions.Earliest"/>, the way of models from before there were options.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImageDecodingOptions? Decoding { get; init; }

    /// <summary>Name of the image column.</summary>
    public required string ImageColumn { get; init; }

    /// <summary>Names of the output columns, in order.</summary>
    public required string[] OutputColumns { get; init; }

    /// <summary>The output column with problems, after <see cref="OutputColumns"/>; null (not written) without such a column.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProblemColumn { get; init; }

    /// <summary>The text label column that a classifier maps to keys; null (not written) for none and for a featurizer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LabelColumn { get; init; }

    /// <summary>
    /// Folder that relative paths are relative to; null for the current folder of the process. Absolute only in files of earlier versions.
    /// </summary>
    public string? ImageFolder { get; init; }

    /// <summary>True if there was a folder that is not stored, because it is absolute; null (not written) otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? ImageFolderIsUnknown { get; init; }

    /// <summary>Number of images per batch when a data view is scored.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Features that a featurizer computes; null (not written) for pooled features and for a classifier.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FeatureLevel? Output { get; init; }

    /// <summary>Divisor of the logits of a classifier before the softmax; null (not written) for 1 and for a featurizer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Type of the labels (<see cref="LabelValues.TypeName"/>); null for a model without labels.</summary>
    public string? LabelType { get; init; }

    /// <summary>The labels in key order; null for a model without labels.</summary>
    public string[]? Labels { get; init; }

    /// <summary>SHA-256 of the weights stream as hexadecimal digits.</summary>
    public required string WeightsSha256 { get; init; }
}
