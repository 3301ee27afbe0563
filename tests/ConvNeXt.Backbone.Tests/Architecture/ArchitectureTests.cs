using System.Text.Json;
using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Tests.Architecture;

[TestClass]
public sealed class ArchitectureTests
{
    [TestMethod]
    public void Architectures_HaveThePublishedParametersAndMultiplyAccumulates()
    {
        var published = new Dictionary<ConvNeXtVariant, long>
        {
            [ConvNeXtVariant.Atto] = 3_695_520,
            [ConvNeXtVariant.Femto] = 5_217_784,
            [ConvNeXtVariant.Pico] = 9_045_672,
            [ConvNeXtVariant.Nano] = 15_593_560,
            [ConvNeXtVariant.Tiny] = 28_589_128,
            [ConvNeXtVariant.Small] = 50_223_688,
            [ConvNeXtVariant.Base] = 88_591_464,
            [ConvNeXtVariant.Large] = 197_767_336,
            [ConvNeXtVariant.XLarge] = 350_196_968,
        };
        foreach (var variant in Enum.GetValues<ConvNeXtVariant>())
            Assert.AreEqual(published[variant], NetworkCost.Parameters(ConvNeXtArchitectures.Get(variant)), variant.ToString());

        using var json = JsonDocument.Parse(File.ReadAllText(TestFolders.Shared("golden", "naming", "params_and_macs.json")));
        foreach (var variant in Enum.GetValues<ConvNeXtVariant>())
        {
            var config = ConvNeXtArchitectures.Get(variant);
            string prefix = variant >= ConvNeXtVariant.Tiny ? "fb" : "timm";
            var row = json.RootElement.GetProperty("models").GetProperty($"{prefix}_{config.Name}");
            Assert.AreEqual(row.GetProperty("params").GetInt64(), NetworkCost.Parameters(config), config.Name);
            foreach (int size in new[] { 224, 288, 384 })
                Assert.AreEqual(row.GetProperty($"macs_{size}").GetInt64(), NetworkCost.MultiplyAccumulates(config, size, size), $"{config.Name} at {size}");
        }
    }
}
