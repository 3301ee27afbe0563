using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Tests.Training.Recipes;

[TestClass]
public sealed class RecipeTests
{
    private static readonly ConvNeXtConfig Tiny = new() { Name = "tiny", Depths = [3, 3, 9, 3], Widths = [96, 192, 384, 768] };

    [TestMethod]
    public void CosineSchedule_EqualsTheOfficialValues()
    {
        var golden = GoldenRecipe.Read("lr_schedules.json");
        foreach (var schedule in golden.GetProperty("schedules").EnumerateObject())
        {
            var arguments = schedule.Value.GetProperty("args");
            int perEpoch = arguments.GetProperty("niter_per_ep").GetInt32();
            int warmup = arguments.TryGetProperty("warmup_steps", out var steps) ? steps.GetInt32()
                : arguments.TryGetProperty("warmup_epochs", out var epochs) ? epochs.GetInt32() * perEpoch : 0;
            var actual = new CosineSchedule(arguments.GetProperty("base_value").GetDouble(), arguments.GetProperty("final_value").GetDouble(),
                arguments.GetProperty("epochs").GetInt32() * perEpoch, warmup);
            double[] expected = [.. schedule.Value.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
            Assert.AreEqual(expected.Length, actual.TotalSteps);
            for (int step = 0; step < expected.Length; step++) Assert.AreEqual(expected[step], actual[step], 1e-12, $"{schedule.Name} step {step}");
        }
    }

    [TestMethod]
    public void DropPathRates_EqualTheOfficialOnes_ToTheLastBitOfAFloat()
    {
        var golden = GoldenRecipe.Read("drop_path_rates.json");
        foreach (var entry in golden.GetProperty("rates").EnumerateObject())
        {
            float[] expected = [.. entry.Value.EnumerateArray().Select(value => value.GetSingle())];
            float rate = float.Parse(entry.Name.Split('@')[1], System.Globalization.CultureInfo.InvariantCulture);
            var config = Tiny with { Depths = [1, 1, expected.Length - 3, 1], DropPathRate = rate };
            var actual = DropPath.Rates(config);
            for (int block = 0; block < expected.Length; block++) Assert.AreEqual(expected[block], actual[block], MathF.BitIncrement(rate) - rate, entry.Name);
        }
    }

    [TestMethod]
    [DataRow("tiny", 9, new[] { 96, 192, 384, 768 })]
    [DataRow("small", 27, new[] { 96, 192, 384, 768 })]
    [DataRow("base", 27, new[] { 128, 256, 512, 1024 })]
    [DataRow("large", 27, new[] { 192, 384, 768, 1536 })]
    [DataRow("xlarge", 27, new[] { 256, 512, 1024, 2048 })]
    public void ParameterRules_EqualTheOfficialGroups(string name, int thirdStage, int[] widths) =>
        CompareRules($"convnext_{name}", Tiny with { Depths = [3, 3, thirdStage, 3], Widths = [.. widths] }, LayerDecayRule.Groups);

    [TestMethod]
    [DataRow("atto_single", 2, 6, new[] { 40, 80, 160, 320 })]
    [DataRow("tiny_single", 3, 9, new[] { 96, 192, 384, 768 })]
    [DataRow("base_single", 3, 27, new[] { 128, 256, 512, 1024 })]
    [DataRow("base_group", 3, 27, new[] { 128, 256, 512, 1024 })]
    [DataRow("large_group", 3, 27, new[] { 192, 384, 768, 1536 })]
    [DataRow("huge_group", 3, 27, new[] { 352, 704, 1408, 2816 })]
    public void ParameterRulesOfV2_EqualTheOfficialOnes(string name, int blocks, int thirdStage, int[] widths)
    {
        var config = Tiny with { Depths = [blocks, blocks, thirdStage, blocks], Widths = [.. widths], GlobalResponseNorm = true, LayerScaleInit = null };
        CompareRules($"convnextv2_{name}", config, name.EndsWith("single", StringComparison.Ordinal) ? LayerDecayRule.Single : LayerDecayRule.Groups);
    }

    [TestMethod]
    public void LayerDecayOfAnIsotropicNetwork_CountsItsBlocks()
    {
        var rules = ParameterRules.Create(new ConvNeXtConfig { Depths = [3], Widths = [8] }, weightDecay: 0.05, layerDecay: 0.5);
        string[] names = ["stem.weight", "blocks.0.dwconv.weight", "blocks.2.norm.bias", "norm.weight", "head.weight"];
        CollectionAssert.AreEqual(new[] { 0.125, 0.125, 0.5, 1, 1 }, names.Select(name => rules[name].LearningRateScale).ToArray());
    }

    private static void CompareRules(string file, ConvNeXtConfig config, LayerDecayRule rule)
    {
        var golden = GoldenRecipe.Read($"layer_ids_fb_{file}.json");
        string[] columns = [.. golden.GetProperty("columns").EnumerateArray().Select(column => column.ToString())];
        var parameters = golden.GetProperty("parameters").EnumerateArray().ToArray();
        CollectionAssert.AreEquivalent(
            parameters.Select(row => row[0].GetString()).ToArray(), ParameterTable.Of(config).Select(parameter => parameter.Name).ToArray());
        for (int column = 3; column < columns.Length; column++)
        {
            double decay = double.Parse(columns[column].Split('_', '@', ' ', '=').Last(), System.Globalization.CultureInfo.InvariantCulture);
            var rules = ParameterRules.Create(config, weightDecay: 0.05, decay, rule);
            foreach (var row in parameters)
            {
                string parameter = row[0].GetString()!;
                Assert.AreEqual(row[1].GetInt32(), LayerDecay.GroupOf(config, parameter, rule), parameter);
                Assert.AreEqual(row[2].GetInt32() == 1 ? 0.05 : 0, rules[parameter].WeightDecay, parameter);
                Assert.AreEqual(row[column].GetDouble(), rules[parameter].LearningRateScale, 1e-12, parameter);
            }

            // The optimizer's groups of the official code are these, each parted by weight decay.
            var groups = LayerDecay.GroupsOf(config, decay, rule);
            int[] used = [.. parameters.Select(row => row[1].GetInt32()).Distinct().Order()];
            CollectionAssert.AreEqual(used, groups.Select(group => group.Group).ToArray());
            foreach (var group in groups)
            {
                var expected = parameters.Where(row => row[1].GetInt32() == group.Group).ToArray();
                CollectionAssert.AreEquivalent(expected.Select(row => row[0].GetString()).ToArray(), group.Parameters);
                Assert.AreEqual(expected[0][column].GetDouble(), group.LearningRateScale, 1e-12);
            }
        }
    }

    [TestMethod]
    public void ParameterTable_EqualsTheOfficialStateDict()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(TestFolders.Shared("golden", "naming", "fb_convnext_tiny.keys.json")));
        var expected = golden.RootElement.GetProperty("keys").EnumerateArray().Select(key => $"{key[0].GetString()} {key[1].GetRawText().Replace(" ", "")}");
        var actual = ParameterTable.Of(Tiny).Select(parameter => $"{parameter.Name} [{string.Join(',', parameter.Shape)}]");
        CollectionAssert.AreEqual(expected.ToArray(), actual.ToArray());
    }

    [TestMethod]
    public void InitialWeights_FollowTheOfficialRule()
    {
        var config = Tiny with { Depths = [1, 1, 1, 1], Widths = [32, 64, 96, 128], ClassCount = 5, LayerScaleInit = 1e-6f };
        var weights = WeightInitializer.Create(config, seed: 7, headScale: 0.5f);
        float[] large = weights["stages.3.0.pwconv1.weight"].Values;
        double mean = large.Average(value => (double)value), deviation = Math.Sqrt(large.Average(value => (double)value * value));
        var golden = GoldenRecipe.Read("init.json").GetProperty("expected_sample_statistics");
        double expected = golden.GetProperty("std").GetDouble();
        Assert.AreEqual(0, mean, 4 * expected / Math.Sqrt(large.Length));
        Assert.AreEqual(expected, deviation, 4 * expected / Math.Sqrt(2.0 * large.Length));
        Assert.AreEqual(3, large.Average(value => Math.Pow(value / deviation, 4)), 0.1, "kurtosis of a normal distribution");
        foreach (string limit in new[] { "0.04", "0.06" })
        {
            double share = large.Count(value => Math.Abs(value) > double.Parse(limit, System.Globalization.CultureInfo.InvariantCulture)) / (double)large.Length;
            double official = golden.GetProperty($"fraction_abs_gt_{limit}").GetDouble();
            Assert.AreEqual(official, share, 4 * Math.Sqrt(official / large.Length) + 5e-5, limit);
        }
        Assert.AreEqual(0.01, Math.Sqrt(weights["head.weight"].Values.Average(value => value * value)), 0.002);
        Assert.IsTrue(weights["stages.0.0.gamma"].Values.All(value => value == 1e-6f));
        Assert.IsTrue(weights["norm.weight"].Values.All(value => value == 1f));
        var biases = weights.Tensors.Where(tensor => tensor.Name.EndsWith(".bias", StringComparison.Ordinal));
        Assert.IsTrue(biases.All(tensor => tensor.Values.All(value => value == 0)));
        CollectionAssert.AreEqual(large, WeightInitializer.Create(config, seed: 7)["stages.3.0.pwconv1.weight"].Values);
        CollectionAssert.AreNotEqual(large, WeightInitializer.Create(config, seed: 8)["stages.3.0.pwconv1.weight"].Values);
        Assert.IsFalse(WeightInitializer.Create(config with { LayerScaleInit = null }, seed: 7).TryGet("stages.0.0.gamma", out _));
    }

    [TestMethod]
    public void InitialWeightsOfV2_MakeTheResponseNormAnIdentity()
    {
        var weights = WeightInitializer.Create(Tiny with { Depths = [1, 1, 1, 1], Widths = [8, 8, 8, 8], GlobalResponseNorm = true }, seed: 7);
        var response = weights.Tensors.Where(tensor => tensor.Name.Contains(".grn.", StringComparison.Ordinal)).ToList();
        Assert.AreEqual(8, response.Count);
        Assert.IsTrue(response.All(tensor => tensor.Values.All(value => value == 0)));
        Assert.IsTrue(weights["stages.0.0.gamma"].Values.All(value => value == 1e-6f));
    }
}
