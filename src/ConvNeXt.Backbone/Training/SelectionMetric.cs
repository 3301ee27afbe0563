namespace ConvNeXt.Backbone.Training;

/// <summary>What decides which epoch is the best. Of equal epochs the one with the lower loss is better, else the earlier one.</summary>
public enum SelectionMetric
{
    /// <summary>Share of the validation images that are classified right.</summary>
    MicroAccuracy,

    /// <summary>Mean over the classes of the share of their images that are classified right; small classes count like large ones.</summary>
    MacroAccuracy,

    /// <summary>Mean cross-entropy of the validation images.</summary>
    Loss,
}
