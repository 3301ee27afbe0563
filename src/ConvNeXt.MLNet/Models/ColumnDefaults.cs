namespace ConvNeXt.MLNet.Models;

/// <summary>Column names that options begin with; those of ML.NET where it has one.</summary>
internal static class ColumnDefaults
{
    public const string Image = "ImagePath";
    public const string Label = "Label";
    public const string Score = "Score";
    public const string PredictedLabel = "PredictedLabel";
}
