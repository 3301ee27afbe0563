using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training;

/// <summary>The parameters that share a learning rate under layer-wise decay.</summary>
/// <param name="Group">Number of the group, from 0.</param>
/// <param name="LearningRateScale">The factor on their learning rate.</param>
/// <param name="Parameters">Official names, in the order of the network.</param>
public sealed record LayerGroup(int Group, double LearningRateScale, ImmutableArray<string> Parameters);
