using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Tests.Images;

/// <summary>With a root folder no path leads out of it.</summary>
[TestClass]
public sealed class ImagePathsTests
{
    private static readonly string _root = Path.Combine(Path.GetTempPath(), "root");

    [TestMethod]
    [DataRow("a.jpg")]
    [DataRow("a/b.jpg")]
    [DataRow("a/../b.jpg")]
    [DataRow("..a/b.jpg")]
    [DataRow("...jpg")]
    public void RelativePaths_AreInTheRootFolder(string path) => Assert.AreEqual(Path.Combine(_root, path), new ImagePaths(_root).Resolve(path));

    [TestMethod]
    [DataRow("../a.jpg")]
    [DataRow("..")]
    [DataRow("a/../../b.jpg")]
    [DataRow("../root2/a.jpg")]
    public void PathsThatLeadOut_AreRefused(string path)
    {
        string message = Assert.ThrowsExactly<UnreadableImageException>(() => new ImagePaths(_root).Resolve(path)).Message;
        StringAssert.Contains(message, $"Image '{path}' cannot be read: it is outside of the image root folder '{_root}'");
    }

    [TestMethod]
    public void AbsolutePaths_MustBeInTheRootFolder()
    {
        string inside = Path.Combine(_root, "a.jpg"), outside = Path.Combine(Path.GetTempPath(), "a.jpg");
        Assert.AreEqual(inside, new ImagePaths(_root).Resolve(inside));
        Assert.ThrowsExactly<UnreadableImageException>(() => new ImagePaths(_root).Resolve(outside));
    }

    [TestMethod]
    public void AnInvalidPath_IsUnreadable() => Assert.ThrowsExactly<UnreadableImageException>(() => new ImagePaths(_root).Resolve("a\0.jpg"));

    [TestMethod]
    public void WithoutARootFolder_PathsStayAsTheyAre()
    {
        foreach (string path in new[] { "../a.jpg", Path.Combine(Path.GetTempPath(), "a.jpg") }) Assert.AreEqual(path, new ImagePaths(null).Resolve(path));
    }
}
