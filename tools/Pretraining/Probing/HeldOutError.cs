namespace ConvNeXt.Pretraining.Probing;

/// <summary>Error of a network on the held-out photographs.</summary>
/// <param name="SquaredError">Mean squared error of the standardized features, which depends on the statistics they are standardized with.</param>
/// <param name="Unexplained">Share of the features' variance that is left after the best scale and offset of each feature: 0 knows all, 1 nothing. It does not depend on the statistics.</param>
internal readonly record struct HeldOutError(double SquaredError, double Unexplained);
