using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Cli.ModelBuilder;

/// <summary>The input of a model as Model Builder's apps give it.</summary>
internal sealed class ModelBuilderRow
{
    /// <summary>The name of the image column.</summary>
    public const string ImageColumn = nameof(ImageSource);

    /// <summary>The label.</summary>
    public string Label { get; set; } = "";

    /// <summary>The contents of an image file.</summary>
    public byte[] ImageSource { get; set; } = [];

    /// <summary>The schema that is saved with a model.</summary>
    public static DataViewSchema Schema(MLContext context) => context.Data.LoadFromEnumerable<ModelBuilderRow>([]).Schema;
}
