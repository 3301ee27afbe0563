namespace ConvNeXt.Backbone.Engines.Distillation;

/// <summary>A map of the teacher that a stage of the student shall be able to tell, by a linear projection of each of its pixels.</summary>
/// <param name="Stage">The student's stage, from 0.</param>
/// <param name="Channels">Channels of the teacher's map, whose pixels are those of the stage.</param>
/// <param name="Weight">Factor of the mean squared error in the objective.</param>
internal sealed record FeatureHint(int Stage, int Channels, double Weight);
