namespace ConvNeXt.Backbone.Architecture.Roadmap;

/// <summary>One network on the way from ResNet to ConvNeXt.</summary>
/// <param name="Key">Short name without spaces, such as <c>patch-stem</c>.</param>
/// <param name="Name">What changes in this step.</param>
/// <param name="Network">The network after the change.</param>
/// <param name="Printed">What the paper prints for it; null for nothing.</param>
/// <param name="IsBranch">Whether the later steps do not build on it (kernels of 9 and 11).</param>
internal sealed record RoadmapStep(string Key, string Name, ConvNeXtConfig Network, PrintedStep? Printed, bool IsBranch = false);

/// <summary>A row of tables 10 and 11 of "A ConvNet for the 2020s": ImageNet-1K at 224 pixels with the paper's training recipe.</summary>
/// <param name="Accuracy">Top-1 accuracy in percent.</param>
/// <param name="Deviation">Its standard deviation over three runs; null if not printed.</param>
/// <param name="GigaMultiplyAccumulates">Multiply-accumulates in billions.</param>
internal sealed record PrintedStep(decimal Accuracy, decimal? Deviation, decimal GigaMultiplyAccumulates);
