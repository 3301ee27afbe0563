namespace ConvNeXt.MLNet.Hosting;

/// <summary>A class and how likely it is.</summary>
/// <param name="Label">The label; the index of the class if the model has no label names.</param>
/// <param name="Probability">The probability, from 0 to 1.</param>
public readonly record struct ClassProbability(string Label, float Probability);
