using System.Text;
using System.Xml.Linq;

namespace ConvNeXt.Tests;

/// <summary>What is in each package and what its nuspec says.</summary>
[TestClass]
public sealed class PackageContentTests
{
    private static readonly Dictionary<string, string[]> Dependencies = new()
    {
        ["ConvNeXt.Backbone"] = ["Google.Protobuf", "System.Numerics.Tensors"],
        ["ConvNeXt.Backbone.TorchSharp"] = ["ConvNeXt.Backbone", "TorchSharp"],
        ["ConvNeXt.Backbone.Mpi"] = ["ConvNeXt.Backbone"],
        ["ConvNeXt.MLNet"] =
            ["ConvNeXt.Backbone", "Microsoft.ML", "Microsoft.ML.ImageAnalytics", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies"],
        ["ConvNeXt.MLNet.Hosting"] =
        [
            "ConvNeXt.MLNet", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
            "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
        ],
        ["ConvNeXt.MLNet.Reporting"] = ["ConvNeXt.MLNet"],
    };

    private static readonly string[] SearchWords = ["ml.net", "mlnet", "image", "classification", "image-classification", "convnext"];

    private static readonly Dictionary<string, string[]> AdditionalFiles = new()
    {
        ["ConvNeXt.MLNet"] = ["buildTransitive/ConvNeXt.MLNet.targets"],
    };

    public static IEnumerable<object[]> Libraries => Dependencies.Keys.Select(id => new object[] { id });

    public static IEnumerable<object[]> Packages => [.. Libraries, [ToolPackageTests.Id]];

    [TestMethod]
    public void Feed_HoldsEveryPackageWithItsSymbols_AndNoOther()
    {
        IEnumerable<string> names = Packages.Select(package => $"{package[0]}.{PackedFeed.Version}");
        string[] expected = [.. names.SelectMany(name => new[] { $"{name}.nupkg", $"{name}.snupkg" })];
        CollectionAssert.AreEquivalent(expected, Directory.GetFiles(PackedFeed.Folder).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Libraries))]
    public void Package_HoldsAssemblyDocumentationReadmeAndIcon_AndNothingElse(string id)
    {
        string library = $"lib/net10.0/{id}";
        string[] expected = [$"{id}.nuspec", "README.md", "icon.png", $"{library}.dll", $"{library}.xml", .. AdditionalFiles.GetValueOrDefault(id, [])];
        CollectionAssert.AreEquivalent(expected, PackedFeed.Open(id).Files.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void Nuspec_HasWhatThePageOnNuGetShows(string id)
    {
        PackageFile package = PackedFeed.Open(id);
        string license = File.ReadAllText(Path.Combine(TestFolders.Repository, "LICENSE"));

        Assert.AreEqual(PackedFeed.Version, package.Field("version"));
        Assert.AreEqual("MIT", package.Field("license"));
        StringAssert.StartsWith(license, "MIT License");
        StringAssert.Contains(license, package.Field("copyright"));
        StringAssert.StartsWith(package.Field("copyright"), "Copyright");
        Assert.AreEqual("README.md", package.Field("readme"));
        Assert.AreEqual("icon.png", package.Field("icon"));
        StringAssert.StartsWith(package.Field("projectUrl"), "https://github.com/");
        StringAssert.Contains(package.Field("description"), "ConvNeXt");
        Assert.IsLessThanOrEqualTo(300, package.Field("description").Length, "Search results cut longer descriptions.");

        XElement repository = package.Metadata.Elements().Single(element => element.Name.LocalName == "repository");
        Assert.AreEqual("git", repository.Attribute("type")!.Value);
        Assert.AreEqual(package.Field("projectUrl"), repository.Attribute("url")!.Value);
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void Package_IsFoundByASearchForMLNetImageClassification(string id)
    {
        string[] tags = PackedFeed.Open(id).Field("tags").Split(' ');
        CollectionAssert.IsSubsetOf(SearchWords, tags);
        CollectionAssert.AllItemsAreUnique(tags);
    }

    [TestMethod]
    [DynamicData(nameof(Libraries))]
    public void Package_DependsOnWhatItUses_AndNothingElse(string id)
    {
        PackageFile package = PackedFeed.Open(id);
        CollectionAssert.AreEquivalent(Dependencies[id], package.Dependencies.Keys.ToArray());
        foreach (var (dependency, version) in package.Dependencies)
            if (Dependencies.ContainsKey(dependency)) Assert.AreEqual(PackedFeed.Version, version);
    }

    [TestMethod]
    public void MLNet_IsLimitedToTheMajorVersionWhoseInternalsWereTried()
    {
        var dependencies = PackedFeed.Open("ConvNeXt.MLNet").Dependencies;
        Assert.AreEqual("[5.0.1, 6.0.0)", dependencies["Microsoft.ML"]);
        Assert.AreEqual("[5.0.1, 6.0.0)", dependencies["Microsoft.ML.ImageAnalytics"]);
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void Icon_IsAPngOfTheSizeThatNuGetShows(string id)
    {
        using var icon = SkiaSharp.SKBitmap.Decode(PackedFeed.Open(id).Bytes("icon.png"));
        Assert.AreEqual((128, 128), (icon.Width, icon.Height));
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void AssembliesAndSymbols_HoldNoPathOfTheMachine(string id)
    {
        PackageFile package = PackedFeed.Open(id), symbols = package.Symbols;
        foreach (PackageFile file in (PackageFile[])[package, symbols])
            foreach (string name in file.Files)
                foreach (Encoding encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode])
                {
                    int position = file.Bytes(name).AsSpan().IndexOf(encoding.GetBytes(TestFolders.Repository));
                    Assert.AreEqual(-1, position, $"{name} holds {TestFolders.Repository}");
                }
    }
}
