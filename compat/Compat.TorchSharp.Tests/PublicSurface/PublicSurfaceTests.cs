using System.Reflection;
using ConvNeXt.Tests;

namespace Compat.TorchSharp.Tests.PublicSurface;

/// <summary>
/// What compat offers, TorchSharp offers so: in 0.102.7, which Microsoft.ML.TorchSharp 5.0 pins, and in 0.107. The test data are the lines of the official
/// listings for the types and member names that compat has.
/// </summary>
[TestClass]
public class PublicSurfaceTests
{
    private static string[] Offered { get; } = [.. TorchListing.Of(Assembly.Load("TorchSharp"))];

    [TestMethod]
    [DataRow("0.102.7")]
    [DataRow("0.107")]
    public void EveryPublicMember_ExistsInTheOfficialAssembly_WithTheSameSignature(string version) =>
        Compare(File.ReadAllLines(TestFolders.Data("api", $"TorchSharp-{version}.txt")), version);

    [TestMethod]
    [DataRow("0.102.7")]
    [DataRow("0.107")]
    public void TheTestData_AreLinesOfTheOfficialListing(string version)
    {
        var official = File.ReadLines(TestFolders.Shared("api", $"TorchSharp-{version}.txt")).ToHashSet(StringComparer.Ordinal);
        string[] foreign = [.. File.ReadLines(TestFolders.Data("api", $"TorchSharp-{version}.txt")).Where(line => !official.Contains(line))];
        Assert.AreEqual(0, foreign.Length, string.Join("\n", foreign));
    }

    [TestMethod]
    public void TheListing_SpellsEveryKindOfMember()
    {
        foreach (string line in (string[])
        [
            "T TorchSharp.torch.Tensor :: public class : System.IDisposable",
            "T TorchSharp.DeviceType :: public enum",
            "M TorchSharp.DeviceType :: CUDA = 1",
            "M TorchSharp.torch :: public static readonly TorchSharp.torch.Device CPU",
            "M TorchSharp.torch.Tensor :: public long NumberOfElements { get; }",
            "M TorchSharp.torch.Tensor :: protected virtual void Dispose(bool disposing)",
            "M TorchSharp.torch.Tensor :: public static TorchSharp.torch.Tensor op_Addition(TorchSharp.torch.Tensor left, TorchSharp.torch.Tensor right)",
            "M TorchSharp.torch.nn.functional :: public static TorchSharp.torch.Tensor layer_norm(TorchSharp.torch.Tensor input, long[] normalized_shape, "
                + "TorchSharp.torch.Tensor weight = null, TorchSharp.torch.Tensor bias = null, double eps = 1E-05)",
        ])
            CollectionAssert.Contains(Offered, line);
    }

    private static void Compare(string[] official, string version)
    {
        var known = official.ToHashSet(StringComparer.Ordinal);
        string[] foreign = [.. Offered.Where(line => !known.Contains(line))];
        Assert.AreEqual(0, foreign.Length, $"{foreign.Length} members are not in TorchSharp {version} so:\n" + string.Join("\n", foreign.Select(line =>
            "  " + line + string.Concat(official.Where(o => TorchListing.Subject(o) == TorchListing.Subject(line)).Select(o => "\n      official: " + o)))));
    }
}
