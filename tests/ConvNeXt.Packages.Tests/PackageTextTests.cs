using System.Text.RegularExpressions;

namespace ConvNeXt.Tests;

/// <summary>The texts that the page of a package shows: readme and release notes.</summary>
[TestClass]
public sealed partial class PackageTextTests
{
    public static IEnumerable<object[]> Packages => PackageContentTests.Packages;

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void Readme_HasNoRelativeLinks_AndItsLinksIntoTheRepositoryLeadToFiles(string id)
    {
        PackageFile package = PackedFeed.Open(id);
        string files = package.Field("projectUrl") + "/blob/HEAD/", images = files.Replace("github.com", "raw.githubusercontent.com").Replace("/blob/", "/");
        int checkedLinks = 0;
        foreach (Match match in Link().Matches(package.Text("README.md")))
        {
            string target = match.Groups["target"].Value;
            if (target.StartsWith('#')) continue;
            StringAssert.StartsWith(target, "https://");
            bool isImage = match.Value.StartsWith('!');
            string folder = isImage ? images : files;
            if (!target.StartsWith(folder, StringComparison.Ordinal)) continue;
            string path = target[folder.Length..].Split('#')[0];
            Assert.IsTrue(Path.Exists(Path.Combine(TestFolders.Repository, path)), target);
            checkedLinks++;
        }
        Assert.AreNotEqual(0, checkedLinks, "The readme links to no file of the repository.");
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void Readme_SaysWhichFrameworkTheApplicationNeeds(string id) => StringAssert.Contains(PackedFeed.Open(id).Text("README.md"), ".NET 10");

    [TestMethod]
    public void ReadmeOfTheMainPackage_IsThatOfTheRepository()
    {
        string[] repository = File.ReadAllLines(Path.Combine(TestFolders.Repository, "README.md"));
        string[] package = PackedFeed.Open("ConvNeXt.MLNet").Text("README.md").TrimEnd().Split('\n');
        Assert.HasCount(repository.Length, package);
        for (int i = 0; i < package.Length; i++) Assert.AreEqual(WithoutTargets(repository[i]), WithoutTargets(package[i]), $"line {i + 1}");
    }

    [TestMethod]
    [DynamicData(nameof(Packages))]
    public void ReleaseNotes_AreTheNewestSectionOfTheChangelog_ForThisVersion(string id)
    {
        string changelog = File.ReadAllText(Path.Combine(TestFolders.Repository, "CHANGELOG.md"));
        string newest = changelog.Split("\n## ")[1].Trim();
        Assert.AreEqual(newest, PackedFeed.Open(id).Field("releaseNotes").ReplaceLineEndings("\n").Trim());
        StringAssert.StartsWith(PackedFeed.Version, newest.Split('\n')[0] + "-");
    }

    private static string WithoutTargets(string line) => Link().Replace(line, "link").TrimEnd('\r');

    [GeneratedRegex(@"!?\[[^\]]*\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
