namespace ConvNeXt.Backbone.Training;

/// <summary>Which weights a run with <see cref="TrainingOptions.AverageDecay"/> may keep; both are evaluated in any case.</summary>
public enum KeptWeights
{
    /// <summary>After each evaluation whichever is better, the weights themselves where they are equal. Without validation set the weights themselves.</summary>
    Better,

    /// <summary>The weights themselves.</summary>
    Current,

    /// <summary>Their average.</summary>
    Average,
}
