using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Weights;

/// <summary>
/// One named tensor in the official (PyTorch) layout, row-major: linear (out, in), convolution (out, in/groups, height, width).
/// </summary>
/// <param name="Name">Official FB name, such as <c>stages.0.1.dwconv.weight</c>.</param>
/// <param name="Shape">Dimensions; empty for a scalar.</param>
/// <param name="Values">The values, as many as the product of the dimensions.</param>
public sealed record WeightTensor(string Name, ImmutableArray<int> Shape, float[] Values);
