using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Weights;

[TestClass]
public sealed class HeadMappingTests
{
    private const int Features = 16;

    private static readonly ConvNeXtConfig _config = new()
    {
        Name = "small",
        Depths = [1, 1, 1, 1],
        Widths = [4, 8, 12, Features],
        ClassCount = 7,
        LayerScaleInit = null,
    };

    [TestMethod]
    public void LogitsOfSelectedRows_AreThoseOfTheirOldClasses()
    {
        WeightSet weights = Create(classes: 7, seed: 1);
        int[] indices = [6, 0, 3, 3];
        WeightSet selected = HeadMapping.Select(weights, indices);
        CollectionAssert.AreEqual(new[] { 4, Features }, selected["head.weight"].Shape);
        CollectionAssert.AreEqual(weights.Tensors.Select(tensor => tensor.Name).ToArray(), selected.Tensors.Select(tensor => tensor.Name).ToArray());

        float[] before = Score(_config, weights), after = Score(_config with { ClassCount = 4 }, selected);
        Assert.AreEqual(7, before.Distinct().Count());
        CollectionAssert.AreEqual(indices.Select(index => before[index]).ToArray(), after);
    }

    [TestMethod]
    public void FreshRows_ComeFromTheFreshHead_AtTheirOwnPlace()
    {
        WeightSet weights = Create(classes: 7, seed: 1), fresh = Create(classes: 3, seed: 2);
        WeightSet selected = HeadMapping.Select(weights, [5, HeadMapping.FreshRow, 2], fresh);
        float[] expected = [.. Row(weights, 5), .. Row(fresh, 1), .. Row(weights, 2)];
        CollectionAssert.AreEqual(expected, selected["head.weight"].Values);
        float[] old = weights["head.bias"].Values;
        CollectionAssert.AreEqual(new[] { old[5], fresh["head.bias"].Values[1], old[2] }, selected["head.bias"].Values);
        Assert.AreSame(weights["norm.weight"], selected["norm.weight"]);
    }

    [TestMethod]
    [DataRow(7)]
    [DataRow(-2)]
    [DataRow(int.MaxValue)]
    public void AnIndexOutOfRange_IsRefused_NamingTheRange(int index)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => HeadMapping.Select(Create(classes: 7, seed: 1), [0, index]));
        StringAssert.Contains(error.Message, $"index 1 of 2 is {index}");
        StringAssert.Contains(error.Message, "0 to 6");
    }

    [TestMethod]
    public void FreshRowsThatAreMissingOrOfAnotherShape_AreRefused()
    {
        WeightSet weights = Create(classes: 7, seed: 1);
        Assert.ThrowsExactly<ArgumentException>(() => HeadMapping.Select(weights, [0, HeadMapping.FreshRow]));
        var error = Assert.ThrowsExactly<ArgumentException>(() => HeadMapping.Select(weights, [0, HeadMapping.FreshRow], Create(classes: 3, seed: 2)));
        StringAssert.Contains(error.Message, "[3,16]; for these indices it must be [2,16]");
        Assert.ThrowsExactly<ArgumentException>(() => HeadMapping.Select(weights, []));
        Assert.ThrowsExactly<ArgumentException>(() => HeadMapping.Select(new WeightSet(), [0]));
    }

    // Biases that differ too, where a fresh network's are all zero.
    private static WeightSet Create(int classes, int seed)
    {
        WeightSet weights = WeightInitializer.Create(_config with { ClassCount = classes }, seed);
        float[] biases = weights["head.bias"].Values;
        for (int i = 0; i < biases.Length; i++) biases[i] = seed + i * 0.25f;
        return weights;
    }

    private static float[] Row(WeightSet weights, int row) => weights["head.weight"].Values[(row * Features)..((row + 1) * Features)];

    private static float[] Score(ConvNeXtConfig config, WeightSet weights)
    {
        using var engine = new ManagedScoringEngine(config, weights);
        var random = new Random(5);
        float[] image = [.. Enumerable.Range(0, 32 * 32 * 3).Select(_ => random.NextSingle())], logits = new float[config.ClassCount];
        engine.Score(image, 1, 32, 32, logits);
        return logits;
    }
}
