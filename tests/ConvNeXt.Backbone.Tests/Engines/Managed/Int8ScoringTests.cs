using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Quantized;

namespace ConvNeXt.Tests.Engines.Managed;

/// <summary>Whole networks with products of 8-bit integers.</summary>
[TestClass]
public sealed class Int8ScoringTests
{
    private const int Count = 7, Height = 70, Width = 85, Each = 3 * Height * Width, Classes = NetworkVariants.Classes;

    private static readonly (SimdWidth Width, DotKind Kind)[] _kinds =
    [
        (SimdWidth.Bits512, DotKind.Bytes256), (SimdWidth.Bits512, DotKind.Words512), (SimdWidth.Bits256, DotKind.Bytes256), (SimdWidth.Bits256, DotKind.Words256),
        (SimdWidth.Bits128, DotKind.Bytes128), (SimdWidth.Bits128, DotKind.Words128), (SimdWidth.Scalar, DotKind.Scalar),
    ];

    private static IEnumerable<object[]> Variants => NetworkVariants.Names;

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Score_IsTheSameToTheBit_ForRegistersOfAnyWidth_AndAnyInstructions(string variant)
    {
        var config = NetworkVariants.Get(variant);
        var weights = EngineInputs.Weights(config);
        float[] images = EngineInputs.Pixels(2, Height, Width), expected = new float[2 * Classes];
        using (var engine = new ManagedScoringEngine(config, weights, Int8(1))) engine.Score(images, 2, Height, Width, expected);
        Assert.IsTrue(expected.All(float.IsFinite));
        foreach (var (width, kind) in _kinds)
        {
            using var engine = new ManagedScoringEngine(config, weights, Int8(2), width, kind);
            var actual = new float[expected.Length];
            engine.Score(images, 2, Height, Width, actual);
            CollectionAssert.AreEqual(expected, actual, $"{variant}, {width}, {kind}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void ScoreInFloat32_IsTheSameToTheBit_ForRegistersOfAnyWidth(string variant)
    {
        var config = NetworkVariants.Get(variant);
        var weights = EngineInputs.Weights(config);
        float[] images = EngineInputs.Pixels(2, Height, Width), expected = new float[2 * Classes];
        using (var engine = new ManagedScoringEngine(config, weights)) engine.Score(images, 2, Height, Width, expected);
        foreach (var width in new[] { SimdWidth.Bits512, SimdWidth.Bits256, SimdWidth.Bits128, SimdWidth.Scalar })
        {
            using var engine = new ManagedScoringEngine(config, weights, options: null, width);
            var actual = new float[expected.Length];
            engine.Score(images, 2, Height, Width, actual);
            CollectionAssert.AreEqual(expected, actual, $"{variant}, {width}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Score_OfAnImage_IsTheSameToTheBit_InEveryBatchAndWithAnyThreads(string variant)
    {
        var config = NetworkVariants.Get(variant);
        var weights = EngineInputs.Weights(config);
        float[] images = EngineInputs.Pixels(Count, Height, Width), expected = new float[Count * Classes];
        using var alone = new ManagedScoringEngine(config, weights, Int8(1));
        for (int n = 0; n < Count; n++) alone.Score(images.AsSpan(n * Each, Each), 1, Height, Width, expected.AsSpan(n * Classes, Classes));
        Assert.AreNotEqual(expected[0], expected[Classes]);
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using var engine = new ManagedScoringEngine(config, weights, Int8(threads));
            var logits = new float[expected.Length];
            engine.Score(images, Count, Height, Width, logits);
            CollectionAssert.AreEqual(expected, logits, $"{variant}, {threads} threads");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Logits_AreNearThoseOfFloat32(string variant)
    {
        var config = NetworkVariants.Get(variant);
        var weights = EngineInputs.Weights(config);
        float[] images = EngineInputs.Pixels(Count, Height, Width), exact = new float[Count * Classes], rounded = new float[exact.Length];
        using (var engine = new ManagedScoringEngine(config, weights)) engine.Score(images, Count, Height, Width, exact);
        using (var engine = new ManagedScoringEngine(config, weights, Int8(2))) engine.Score(images, Count, Height, Width, rounded);
        double signal = exact.Sum(value => (double)value * value), noise = exact.Zip(rounded, (one, other) => Math.Pow(one - other, 2)).Sum();
        double decibels = 10 * Math.Log10(signal / noise);
        Assert.IsTrue(decibels is > 30 and < 100, $"{variant}: {decibels:f1} dB");
    }

    [TestMethod]
    public void Layers_CanStayInFloat32_ByName()
    {
        var config = NetworkVariants.Get("V1");
        var weights = EngineInputs.Weights(config);
        float[] images = EngineInputs.Pixels(1, Height, Width), exact = new float[Classes], actual = new float[Classes];
        string[] all = ["stages.0.0", "downsample_layers.1", "stages.1.0", "stages.1.1", "downsample_layers.2", "stages.2.0", "downsample_layers.3", "stages.3.0"];
        using (var engine = new ManagedScoringEngine(config, weights)) engine.Score(images, 1, Height, Width, exact);
        using (var engine = new ManagedScoringEngine(config, weights, Int8(1) with { SingleLayers = [.. all] })) engine.Score(images, 1, Height, Width, actual);
        CollectionAssert.AreEqual(exact, actual);
        using (var engine = new ManagedScoringEngine(config, weights, Int8(1) with { SingleLayers = [.. all[1..]] })) engine.Score(images, 1, Height, Width, actual);
        CollectionAssert.AreNotEqual(exact, actual);

        var unknown = Assert.ThrowsExactly<ArgumentException>(() => new ManagedScoringEngine(config, weights, Int8(1) with { SingleLayers = ["stages.0.9"] }));
        StringAssert.Contains(unknown.Message, "'stages.0.9'");
        StringAssert.Contains(unknown.Message, "downsample_layers.3");
    }

    [TestMethod]
    public void WorkspaceBytes_IncludeTheRoundedWeights_AndScoringAllocatesNothing()
    {
        var config = NetworkVariants.Get("V2");
        var weights = EngineInputs.Weights(config);
        using var single = new ManagedScoringEngine(config, weights);
        using var engine = new ManagedScoringEngine(config, weights, Int8(2));
        Assert.IsTrue(engine.WorkspaceBytes > single.WorkspaceBytes);
        var images = EngineInputs.Pixels(4, Height, Width);
        var logits = new float[4 * Classes];
        for (int i = 0; i < 3; i++) engine.Score(images, 4, Height, Width, logits);
        long native = engine.WorkspaceBytes, least = long.MaxValue;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++) engine.Score(images, 4, Height, Width, logits);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.AreEqual(0, least);
        Assert.AreEqual(native, engine.WorkspaceBytes);
    }

    private static EngineOptions Int8(int threads) => new() { ThreadCount = threads, Precision = ComputePrecision.Int8 };
}
