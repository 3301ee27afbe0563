using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests.Architecture;

/// <summary>The steps from ResNet to ConvNeXt as data: sizes and costs, compared with the papers' tables.</summary>
[TestClass]
public sealed class RoadmapTests
{
    /// <summary>Table 10 prints these two too high; table 11 has the same steps without the surplus.</summary>
    private static readonly HashSet<(string File, string Step)> _notFromTheNetwork =
        [("table_2_10_resnet50.csv", "layer-norm"), ("table_2_10_resnet50.csv", "downsampling")];

    [TestMethod]
    [DataRow("resnet", 25_557_032, 4_089_184_256)]
    [DataRow("stage-ratio", 28_628_520, 4_525_916_160)]
    [DataRow("patch-stem", 28_622_120, 4_417_536_000)]
    [DataRow("depthwise", 15_722_600, 2_349_507_072)]
    [DataRow("width", 33_760_936, 5_267_976_960)]
    [DataRow("inverted", 25_851_400, 4_644_406_272)]
    [DataRow("depthwise-first", 25_625_416, 4_065_080_448)]
    [DataRow("kernel-5", 25_720_648, 4_097_293_440)]
    [DataRow("kernel-7", 25_863_496, 4_145_612_928)]
    [DataRow("kernel-9", 26_053_960, 4_210_038_912)]
    [DataRow("kernel-11", 26_292_040, 4_290_571_392)]
    [DataRow("gelu", 25_863_496, 4_145_612_928)]
    [DataRow("one-activation", 25_863_496, 4_145_612_928)]
    [DataRow("one-norm", 25_797_256, 4_145_612_928)]
    [DataRow("layer-norm", 25_836_328, 4_145_612_928)]
    [DataRow("downsampling", 28_582_504, 4_455_531_264)]
    [DataRow("published", 28_589_128, 4_455_531_264)]
    public void FromResNet50_EveryStep_HasItsParametersAndMultiplyAccumulates(string step, long parameters, long multiplyAccumulates) =>
        AssertCost(Roadmap.FromResNet50.Single(one => one.Key == step).Network, parameters, multiplyAccumulates);

    [TestMethod]
    [DataRow("resnet", 64_673_832, 15_007_481_856)]
    [DataRow("stage-ratio", 83_066_332, 14_518_404_096)]
    [DataRow("patch-stem", 83_057_932, 14_376_155_136)]
    [DataRow("depthwise", 42_585_472, 7_234_368_288)]
    [DataRow("width", 96_526_568, 16_763_933_696)]
    [DataRow("inverted", 83_700_072, 15_679_418_368)]
    [DataRow("depthwise-first", 83_094_632, 14_627_001_856)]
    [DataRow("kernel-5", 83_369_064, 14_698_853_888)]
    [DataRow("kernel-7", 83_780_712, 14_806_631_936)]
    [DataRow("kernel-9", 84_329_576, 14_950_336_000)]
    [DataRow("kernel-11", 85_015_656, 15_129_966_080)]
    [DataRow("gelu", 83_780_712, 14_806_631_936)]
    [DataRow("one-activation", 83_780_712, 14_806_631_936)]
    [DataRow("one-norm", 83_600_232, 14_806_631_936)]
    [DataRow("layer-norm", 83_707_624, 14_806_631_936)]
    [DataRow("downsampling", 88_573_416, 15_354_729_472)]
    [DataRow("published", 88_591_464, 15_354_729_472)]
    public void FromResNet200_EveryStep_HasItsParametersAndMultiplyAccumulates(string step, long parameters, long multiplyAccumulates) =>
        AssertCost(Roadmap.FromResNet200.Single(one => one.Key == step).Network, parameters, multiplyAccumulates);

    [TestMethod]
    [DataRow("table_2_10_resnet50.csv")]
    [DataRow("table_2_11_resnet200.csv")]
    public void PrintedFigures_AreThoseOfThePaper_AndTheCostsAreTheExactOnesRounded(string file)
    {
        const int header = 1, otherRecipe = 1;
        string[][] rows =
        [
            .. File.ReadLines(TestFolders.Data("roadmap", file)).Skip(header + otherRecipe).Select(line => line.Split(','))
                .Where(row => !row[1].StartsWith("Swin", StringComparison.Ordinal)),
        ];
        var way = file.Contains("200", StringComparison.Ordinal) ? Roadmap.FromResNet200 : Roadmap.FromResNet50;
        RoadmapStep[] steps = [.. way.Where(step => step.Printed is not null)];
        Assert.HasCount(rows.Length, steps);
        foreach (var (step, row) in steps.Zip(rows))
        {
            decimal cost = decimal.Parse(row[^1], CultureInfo.InvariantCulture), accuracy = decimal.Parse(row[2], CultureInfo.InvariantCulture);
            decimal? deviation = row.Length == 5 ? decimal.Parse(row[3], CultureInfo.InvariantCulture) : null;
            Assert.AreEqual(new PrintedStep(accuracy, deviation, cost), step.Printed, $"{step.Key}: {string.Join(',', row)}");
            decimal exact = NetworkCost.MultiplyAccumulates(step.Network, 224, 224) / 1e9m;
            Assert.AreEqual(!_notFromTheNetwork.Contains((file, step.Key)), Math.Abs(exact - cost) <= 0.0055m, $"{step.Key}: printed {cost}, exact {exact}");
        }
    }

    [TestMethod]
    public void TheLastPlannedStep_HasTheNamesAndShapesOfTheOfficialConvNeXt()
    {
        ConvNeXtConfig planned = Roadmap.FromResNet50.Single(step => step.Key == "downsampling").Network;
        Assert.IsNotNull(planned.Parts);
        ConvNeXtConfig official = ConvNeXtArchitectures.Get(ConvNeXtVariant.Tiny) with { LayerScaleInit = null };
        Assert.AreEqual(Listed(official), Listed(planned));

        // The parts describe layer scale as well.
        ConvNeXtConfig published = Roadmap.FromResNet50[^1].Network;
        Assert.IsNull(published.Parts);
        Assert.AreEqual(Listed(ConvNeXtArchitectures.Get(ConvNeXtVariant.Tiny)), Listed(published));
        Assert.AreEqual(Listed(published), Listed(published with { Parts = planned.Parts }));

        static string Listed(ConvNeXtConfig config)
        {
            var lines = ParameterTable.Of(config).Select(parameter => $"{parameter.Name} {string.Join(',', parameter.Shape)}");
            return string.Join('\n', lines.Order(StringComparer.Ordinal));
        }
    }

    [TestMethod]
    public void GroupedConvolutions_CostAFractionOfDenseOnes()
    {
        const int groupWidth = 4, taps = 9;
        ConvNeXtConfig dense = Roadmap.ResNet50, grouped = dense with { Parts = dense.Parts! with { GroupWidth = groupWidth } };
        int[] inside = [64, 128, 256, 512];
        long saved = inside.Zip(dense.Depths, (width, depth) => (long)depth * taps * width * (width - groupWidth)).Sum();
        Assert.AreEqual(NetworkCost.Parameters(dense) - saved, NetworkCost.Parameters(grouped));
    }

    [TestMethod]
    public void NarrowedWidths_KeepTheBlocks_AndNoneIsRounded()
    {
        RoadmapSize narrow = RoadmapSize.Tiny.Narrowed(8);
        Assert.AreEqual(new RoadmapSize(RoadmapSize.Tiny.FirstDepths, RoadmapSize.Tiny.Depths, 8, 8, 12), narrow);
        CollectionAssert.AreEqual(new[] { 32, 64, 128, 256 }, Roadmap.Steps(RoadmapRegime.ResNet50, narrow)[0].Network.Widths.ToArray());
        CollectionAssert.AreEqual(new[] { 12, 24, 48, 96 }, Roadmap.Steps(RoadmapRegime.ResNet50, narrow)[^1].Network.Widths.ToArray());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RoadmapSize.Base.Narrowed(8)).Message, "84");
    }

    [TestMethod]
    public void PartsThatDoNotGoTogether_AreRefused_AndTheMessageSaysWhy()
    {
        AssertRefused(parts => parts with { SpatialFirst = true }, "IsInverted");
        AssertRefused(parts => parts with { IsInverted = true, OneNorm = true }, "SpatialFirst");
        AssertRefused(parts => parts with { Kernel = 4 }, "odd");
        AssertRefused(parts => parts with { GroupWidth = 48 }, "groups of 48");
        AssertMessage(Roadmap.ResNet50 with { GlobalResponseNorm = true }, "response norm");
        AssertMessage(Roadmap.ResNet50 with { Widths = [257, 512, 1024, 2048] }, "257");

        static void AssertRefused(Func<NetworkParts, NetworkParts> change, string reason) =>
            AssertMessage(Roadmap.ResNet50 with { Parts = change(new NetworkParts()) }, reason);

        static void AssertMessage(ConvNeXtConfig config, string reason) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ParameterTable.Of(config)).Message, reason);
    }

    [TestMethod]
    public void TheManagedEngine_RefusesThem_AndNamesTheOneThatTrainsThem()
    {
        ConvNeXtConfig config = Roadmap.Steps(RoadmapRegime.ResNet50, RoadmapSize.Tiny.Narrowed(16), classes: 2)[0].Network;
        var e = Assert.ThrowsExactly<NotSupportedException>(() => new ManagedScoringEngine(config, WeightInitializer.Create(config, seed: 1)));
        StringAssert.Contains(e.Message, "TorchSharp");
    }

    private static void AssertCost(ConvNeXtConfig network, long parameters, long multiplyAccumulates)
    {
        Assert.AreEqual(parameters, NetworkCost.Parameters(network));
        Assert.AreEqual(multiplyAccumulates, NetworkCost.MultiplyAccumulates(network, 224, 224));
    }
}
