using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;

namespace ConvNeXt.Tests;

/// <summary>Symbols: they belong to the assembly, and a debugger finds the sources by them.</summary>
[TestClass]
public sealed partial class SymbolTests
{
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    public static IEnumerable<object[]> Packages => PackageContentTests.Libraries;

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void SymbolPackage_HoldsTheSymbolsOfTheAssembly(string id)
    {
        PackageFile package = PackedFeed.Open(id), symbols = package.Symbols;
        CollectionAssert.AreEquivalent(new[] { $"{id}.nuspec", $"lib/net10.0/{id}.pdb" }, symbols.Files.ToArray());

        using var assembly = new PEReader(new MemoryStream(package.Bytes($"lib/net10.0/{id}.dll")));
        var codeView = assembly.ReadCodeViewDebugDirectoryData(assembly.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.CodeView));
        using var provider = OpenSymbols(package);
        Assert.AreEqual(codeView.Guid, new BlobContentId(provider.GetMetadataReader().DebugMetadataHeader!.Id).Guid);
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void EverySource_IsInTheRepositoryOrEmbedded(string id)
    {
        using var provider = OpenSymbols(PackedFeed.Open(id));
        MetadataReader reader = provider.GetMetadataReader();
        foreach (DocumentHandle handle in reader.Documents)
        {
            string name = reader.GetString(reader.GetDocument(handle).Name);
            if (FindInformation(reader, handle, EmbeddedSource) is not null) continue;
            StringAssert.StartsWith(name, "/_/src/");
            Assert.IsTrue(File.Exists(Path.Combine(TestFolders.Repository, name["/_/".Length..])), name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void Sources_AreLinkedToTheRepositoryAtTheCommit(string id)
    {
        if (!Path.Exists(Path.Combine(TestFolders.Repository, ".git"))) Assert.Inconclusive("Skipped: needs a git repository.");
        PackageFile package = PackedFeed.Open(id);
        // The assembly's own commit: the nuspec has that of the packing, which is a later one if something was committed since the build.
        string commit = CommitInVersion().Match(Encoding.Latin1.GetString(package.Bytes($"lib/net10.0/{id}.dll"))).Groups["commit"].Value;
        Assert.AreNotEqual("", commit);
        string address = package.Field("projectUrl").Replace("github.com", "raw.githubusercontent.com");

        using var provider = OpenSymbols(package);
        MetadataReader reader = provider.GetMetadataReader();
        byte[] links = FindInformation(reader, EntityHandle.ModuleDefinition, SourceLink) ?? throw new AssertFailedException("There are no source links.");
        Assert.AreEqual($$$"""{"documents":{"/_/*":"{{{address}}}/{{{commit}}}/*"}}""", Encoding.UTF8.GetString(links));
    }

    private static MetadataReaderProvider OpenSymbols(PackageFile package) =>
        MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(package.Symbols.Bytes($"lib/net10.0/{package.Id}.pdb")));

    private static byte[]? FindInformation(MetadataReader reader, EntityHandle parent, Guid kind)
    {
        foreach (CustomDebugInformationHandle handle in reader.GetCustomDebugInformation(parent))
        {
            CustomDebugInformation information = reader.GetCustomDebugInformation(handle);
            if (reader.GetGuid(information.Kind) == kind) return reader.GetBlobBytes(information.Value);
        }
        return null;
    }

    [GeneratedRegex(@"\d\.\d\+(?<commit>[0-9a-f]{40})")]
    private static partial Regex CommitInVersion();
}
