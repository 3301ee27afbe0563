using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Weights;

[TestClass]
public sealed class WeightFileTests
{
    private const int Size = 64;

    private static readonly ConvNeXtConfig _v1 = new() { Name = "v1", Depths = [1, 2, 1, 1], Widths = [12, 20, 40, 72], ClassCount = 7 };
    private static readonly ConvNeXtConfig _v2 = _v1 with { Name = "v2", LayerScaleInit = null, GlobalResponseNorm = true };
    private static readonly ConvNeXtConfig _isotropic = _v1 with { Name = "isotropic", Depths = [3], Widths = [40] };
    private static readonly ConvNeXtConfig _overlapping = _v1 with { Name = "overlapping", OverlappingStemWidth = 9, HeadHiddenWidth = 33 };

    private readonly string _path = Path.Combine(TestFolders.CreateTemporary(), "w.safetensors");

    [TestCleanup]
    public void Delete() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [TestMethod]
    [DataRow("v1")]
    [DataRow("v2")]
    [DataRow("isotropic")]
    [DataRow("overlapping")]
    public void EngineOfAnOpenFile_ScoresAsOneOfTheWeights_ToTheBit(string name)
    {
        ConvNeXtConfig config = new[] { _v1, _v2, _isotropic, _overlapping }.Single(config => config.Name == name);
        WeightSet weights = VisibleWeights(config);
        SafetensorsWriter.Write(_path, weights);
        using var expected = new ManagedScoringEngine(config, weights);

        using WeightFile reader = WeightFile.Open(_path);
        using var engine = new ManagedScoringEngine(reader.DetectConfig(), reader);

        float[] logits = Score(expected);
        Assert.IsTrue(logits.Max() - logits.Min() > 0.1f, "logits that differ");
        CollectionAssert.AreEqual(logits, Score(engine));
    }

    [TestMethod]
    public void ForeignNames_AreReadUnderOfficialOnes()
    {
        WeightSet weights = VisibleWeights(_v1);
        SafetensorsWriter.Write(_path, NameMap.ToTimm(weights, linearAsConvolution: true));
        using WeightFile reader = WeightFile.Open(_path);

        Assert.AreEqual((WeightsFormat.Safetensors, WeightNaming.Timm), (reader.Format, reader.Naming));
        CollectionAssert.AreEqual(weights.Tensors.Select(tensor => tensor.Name).ToArray(), reader.Shapes.Keys.ToArray());
        foreach (WeightTensor tensor in weights.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Shape, reader.Shapes[tensor.Name]);
            var values = new float[tensor.Values.Length];
            reader.Read(tensor.Name, values);
            CollectionAssert.AreEqual(tensor.Values, values, tensor.Name);
        }
    }

    [TestMethod]
    public void Engine_TakesNoSecondCopyOfTheWeights()
    {
        var config = _v1 with { Widths = [24, 48, 96, 192], Depths = [2, 2, 6, 2] };
        SafetensorsWriter.Write(_path, WeightInitializer.Create(config, seed: 1));
        long all = NetworkCost.Parameters(config) * sizeof(float);
        using WeightFile reader = WeightFile.Open(_path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var engine = new ManagedScoringEngine(config, reader);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.IsTrue(allocated < all / 2, $"{allocated} bytes of managed memory for {all} bytes of weights");
    }

    [TestMethod]
    public void WeightsOfAnotherNetwork_AreRefused_WithFileAndTensors()
    {
        SafetensorsWriter.Write(_path, WeightInitializer.Create(_v1, seed: 1));
        using WeightFile reader = WeightFile.Open(_path);
        var error = Assert.ThrowsExactly<WeightMismatchException>(() => new ManagedScoringEngine(_v2, reader));
        StringAssert.Contains(error.Message, _path);
        StringAssert.Contains(error.Message, "grn.gamma");
    }

    [TestMethod]
    public void WrongRoomAndUnknownNames_AreRefused()
    {
        SafetensorsWriter.Write(_path, WeightInitializer.Create(_v1, seed: 1));
        using WeightFile reader = WeightFile.Open(_path);
        var error = Assert.ThrowsExactly<ArgumentException>(() => reader.Read("head.bias", new float[8]));
        StringAssert.Contains(error.Message, "'head.bias' is [7], but there is room for 8");
        StringAssert.Contains(Assert.ThrowsExactly<KeyNotFoundException>(() => reader.Read("head.bios", new float[7])).Message, "head.bios");
    }

    private static float[] Score(ManagedScoringEngine engine)
    {
        var random = new Random(1);
        var images = new float[2 * Size * Size * 3];
        foreach (ref float value in images.AsSpan()) value = random.NextSingle() - 0.5f;
        var logits = new float[2 * engine.Config.ClassCount];
        engine.Score(images, 2, Size, Size, logits);
        return logits;
    }

    /// <summary>Weights of which every one shows in the logits.</summary>
    private static WeightSet VisibleWeights(ConvNeXtConfig config)
    {
        WeightSet weights = WeightInitializer.Create(config, seed: 5);
        var random = new Random(2);
        foreach (WeightTensor tensor in weights.Tensors)
            foreach (ref float value in tensor.Values.AsSpan()) value = random.NextSingle() - 0.5f;
        return weights;
    }
}
