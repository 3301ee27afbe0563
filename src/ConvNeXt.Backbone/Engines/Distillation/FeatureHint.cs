namespace ConvNeXt.Backbone.Engines.Distillation;

/// <summary>A map of the teacher that a stage of the student is trained to match through a linear projection of each pixel.</summary>
/// <param name="Stage">The student's stage, from 0.</param>
/// <param name="Channels">Channels of the teacher's map, which has the height and width of the stage.</param>
/// <param name="Weight">Factor of the mean squared error in the objective.</param>
internal sealed record FeatureHint(int Stage, int Channels, double Weight);
