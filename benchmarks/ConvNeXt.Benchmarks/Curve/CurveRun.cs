namespace ConvNeXt.Benchmarks.Curve;

/// <summary>Result of one side of the training comparison.</summary>
/// <param name="Losses">Loss of each step.</param>
/// <param name="Weights">Final values of each parameter, by official name.</param>
/// <param name="Average">The moving average of the weights (EMA), by official name.</param>
internal sealed record CurveRun(double[] Losses, IReadOnlyDictionary<string, float[]> Weights, IReadOnlyDictionary<string, float[]> Average);
