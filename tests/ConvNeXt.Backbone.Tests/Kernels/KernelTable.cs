using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Tests.Kernels.Cases;

namespace ConvNeXt.Tests.Kernels;

/// <summary>Every kernel with its shapes: whole registers, tails of every kind, single rows, more rows than a chunk.</summary>
internal static class KernelTable
{
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        .. from shape in new[]
           {
               (1, 1, 1), (12, 32, 16), (13, 33, 17), (29, 40, 160), (5, 96, 7), (300, 24, 70), (49, 130, 65), (14, 1600, 40), (2, 6, 33), (3, 21, 16), (7, 34, 24),
           }
           select new LinearCase { Name = $"linear {shape}", Rows = shape.Item1, Inputs = shape.Item2, Outputs = shape.Item3 },
        .. from shape in new[] { (1, 1, 1), (12, 35, 4), (400, 7, 100), (1000, 9, 250) }
           select new FoldCase { Name = $"fold {shape}", Inputs = shape.Item1, Outputs = shape.Item2, Period = shape.Item3 },
        .. from shape in new[] { (1, 1), (3, 8), (70, 12), (65, 40), (5, 67), (130, 16) }
           select new LayerNormCase { Name = $"layer norm {shape}", Rows = shape.Item1, Channels = shape.Item2 },
        .. from shape in new[] { (1, 1, 1, 1), (2, 2, 3, 5), (1, 7, 7, 16), (1, 9, 17, 19), (1, 14, 14, 8), (2, 8, 8, 35), (1, 12, 200, 3) }
           select new DepthwiseCase { Name = $"depthwise {shape}", Images = shape.Item1, Height = shape.Item2, Width = shape.Item3, Channels = shape.Item4 },
        .. from shape in new[] { (1, 8, 8, 3, 4), (2, 9, 11, 5, 2), (1, 7, 13, 3, 4), (3, 4, 6, 16, 2) }
           select new PatchesCase { Name = $"patches {shape}", Images = shape.Item1, Height = shape.Item2, Width = shape.Item3, Channels = shape.Item4, Size = shape.Item5 },
        .. from shape in new[] { (1, 1, 1), (3, 49, 40), (2, 100, 17) }
           select new PoolCase { Name = $"global average pool {shape}", Images = shape.Item1, Pixels = shape.Item2, Channels = shape.Item3 },
        .. from shape in new[] { (1, 8, 8, 3), (2, 7, 5, 16), (1, 1, 2, 5), (2, 9, 6, 19) }
           select new OverlappingPatchesCase { Name = $"overlapping patches {shape}", Images = shape.Item1, Height = shape.Item2, Width = shape.Item3, Channels = shape.Item4 },
        .. from shape in new[] { (1, 1, 1), (2, 9, 16), (3, 5, 35), (1, 130, 12), (2, 65, 7) }
           select new ResponseNormCase { Name = $"response norm {shape}", Images = shape.Item1, Pixels = shape.Item2, Channels = shape.Item3 },
        new ResponseNormCase { Name = "response norm, a channel of zeros", Images = 2, Pixels = 6, Channels = 20, HasZeroChannel = true },
        new ResponseNormCase { Name = "response norm, norms as small as the epsilon", Images = 2, Pixels = 6, Channels = 20, Range = 1e-6f },
        .. from shape in new[] { (1, 3), (40, 8), (13, 20), (101, 33) }
           select new MlpCase { Name = $"norm and MLP {shape}", Rows = shape.Item1, Channels = shape.Item2 },
        .. from shape in new[] { (1, 1f), (17, 2f), (20000, 3f), (40000, 12f), (100, 1e4f) } select new GeluCase { Name = $"gelu {shape}", Count = shape.Item1, Range = shape.Item2 },
        .. from shape in new[] { (1, 1, 1, 5), (3, 9, 12, 8), (2, 40, 7, 19), (1, 3, 70, 4) }
           select new LayerScaleCase { Name = $"layer scale and drop path {shape}", Images = shape.Item1, Pixels = shape.Item2, Inputs = shape.Item3, Outputs = shape.Item4 },
        .. from shape in new[] { (1, 2), (5, 10), (3, 1000) } select new CrossEntropyCase { Name = $"cross-entropy {shape}", Images = shape.Item1, Classes = shape.Item2 },
        .. from shape in new[] { (1, 2, 1.0), (5, 10, 2.0), (3, 100, 4.0), (2, 7, 0.5) }
        select new SoftenedDivergenceCase { Name = $"distillation {shape}", Images = shape.Item1, Classes = shape.Item2, Temperature = shape.Item3 },
        .. from count in new[] { 1, 37, 40000 } select new SquaredErrorCase { Name = $"squared error {count}", Count = count },
        .. from count in new[] { 1, 37, 20000 } select new AdamWCase { Name = $"AdamW {count}", Count = count },
        .. from count in new[] { 1, 37, 20000 } select new MovingAverageCase { Name = $"moving average {count}", Count = count },
    ];
}
