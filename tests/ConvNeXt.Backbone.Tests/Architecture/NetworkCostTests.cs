using System.Text.Json;
using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Tests.Architecture;

[TestClass]
public class NetworkCostTests
{
    private static readonly JsonElement _models =
        JsonDocument.Parse(File.ReadAllText(TestFolders.Data("architecture", "params_and_macs.json"))).RootElement.GetProperty("models");

    public static IEnumerable<object[]> Models() => _models.EnumerateObject().Select(model => new object[] { model.Name });

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void ParametersAndMultiplyAccumulates_AreThoseOfTheOfficialCode(string model)
    {
        JsonElement wanted = _models.GetProperty(model);
        ConvNeXtConfig config = Config(model);
        Assert.AreEqual(wanted.GetProperty("params").GetInt64(), NetworkCost.Parameters(config));
        Assert.AreEqual(wanted.GetProperty("tensors").GetInt32(), ParameterTable.Of(config).Length);
        foreach (int side in (int[])[224, 288, 384])
            Assert.AreEqual(wanted.GetProperty($"macs_{side}").GetInt64(), NetworkCost.MultiplyAccumulates(config, side, side), $"at {side}");
        if (wanted.TryGetProperty("layernorm_eps", out JsonElement epsilon)) Assert.AreEqual((float)epsilon[0].GetDouble(), config.NormEpsilon);
    }

    [TestMethod]
    public void EveryRowOfTheTable_IsCheckedAgainstTheOfficialCode()
    {
        var known = Models().Select(model => Config((string)model[0]).Name).ToHashSet();
        CollectionAssert.AreEqual(Array.Empty<string>(), ConvNeXtArchitectures.All.Select(row => row.Name).Where(name => !known.Contains(name)).ToArray());
    }

    [TestMethod]
    public void PrintedFigures_AreTheExactOnesRounded()
    {
        foreach (ConvNeXtArchitecture row in ConvNeXtArchitectures.All)
        {
            if (row.Printed is not { } printed) continue;
            AssertRounded(printed.Parameters, NetworkCost.Parameters(row.Config) / 1e6m, row.Name);
            AssertRounded(printed.At224, NetworkCost.MultiplyAccumulates(row.Config, 224, 224) / 1e9m, row.Name);
            if (printed.At384 is { } at384) AssertRounded(at384, NetworkCost.MultiplyAccumulates(row.Config, 384, 384) / 1e9m, row.Name);
        }
    }

    /// <summary>Half a unit of the last digit, or 0.4 %: some printed figures count a little more than convolutions and linear layers.</summary>
    private static void AssertRounded(decimal printed, decimal exact, string name)
    {
        decimal unit = 1m / (decimal)Math.Pow(10, printed.Scale);
        Assert.IsTrue(Math.Abs(printed - exact) <= Math.Max(unit / 2, 0.004m * exact), $"{name}: printed {printed}, exact {exact}");
    }

    private static ConvNeXtConfig Config(string model)
    {
        const string Classes22k = "_22k_21841";
        string name = model[(model.IndexOf('_') + 1)..].Replace(Classes22k, "");
        ConvNeXtConfig config = (ConvNeXtArchitectures.Find(name) ?? throw new AssertFailedException($"There is no row '{name}'.")).Config;
        return model.EndsWith(Classes22k, StringComparison.Ordinal) ? config with { ClassCount = 21841 } : config;
    }
}
