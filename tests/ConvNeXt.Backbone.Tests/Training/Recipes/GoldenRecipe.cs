using System.Text.Json;

namespace ConvNeXt.Tests.Training.Recipes;

/// <summary>The recipe's reference values of tests/data.</summary>
internal static class GoldenRecipe
{
    internal static JsonElement Read(params string[] parts) =>
        JsonDocument.Parse(File.ReadAllBytes(TestFolders.Data(["golden", "recipe", .. parts]))).RootElement;

    internal static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetDouble())];

    internal static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
