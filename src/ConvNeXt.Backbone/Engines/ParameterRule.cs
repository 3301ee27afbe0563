namespace ConvNeXt.Backbone.Engines;

/// <summary>How the optimizer treats one parameter.</summary>
/// <param name="WeightDecay">Decoupled weight decay, at least 0; multiplied by the parameter's learning rate.</param>
/// <param name="LearningRateScale">Factor on the learning rate of each step, at least 0.</param>
public readonly record struct ParameterRule(double WeightDecay, double LearningRateScale = 1);
