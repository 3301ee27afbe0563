using ConvNeXt.MLNet;

namespace ConvNeXt.Tests.Images;

[TestClass]
public sealed class ImageFolderTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Enumerate_LabelsBySubFolder_InOrdinalOrder()
    {
        Touch("b/2.PNG", "b/10.jpg", "a/z.bmp", "a/deep/x.jpeg", "a/notes.txt", "a/.hidden.png", ".cache/1.png", "empty/readme.md", "top.png");

        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(_folder);

        CollectionAssert.AreEqual(
            new[] { "a:a/z.bmp", "a:a/deep/x.jpeg", "b:b/10.jpg", "b:b/2.PNG" },
            images.Select(image => $"{image.Label}:{Path.GetRelativePath(_folder, image.ImagePath).Replace('\\', '/')}").ToArray());
    }

    [TestMethod]
    public void Enumerate_MissingFolder_NamesIt()
    {
        string missing = Path.Combine(_folder, "none");
        var error = Assert.ThrowsExactly<DirectoryNotFoundException>(() => ImageFolder.Enumerate(missing));
        StringAssert.Contains(error.Message, missing);
        StringAssert.Contains(error.Message, "does not exist");
    }

    [TestMethod]
    public void Enumerate_FolderWithoutImages_SaysWhatIsWanted()
    {
        Touch("a/notes.txt");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.Enumerate(_folder));
        StringAssert.Contains(error.Message, _folder);
        StringAssert.Contains(error.Message, "one subfolder per class");
    }

    [TestMethod]
    public void Enumerate_OneClassOnly_NamesIt()
    {
        Touch("only/1.png", "only/2.png", "empty/readme.md");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.Enumerate(_folder));
        StringAssert.Contains(error.Message, "one class only, 'only'");
    }

    /// <remarks>dotnet/machinelearning-modelbuilder#328: unsupported files are filtered without telling.</remarks>
    [TestMethod]
    public void FilesThatAreNotSupported_AreTold()
    {
        Touch("a/1.jpg", "a/2.tif", "a/notes", "b/deep/1.png", "b/deep/2.heic", "b/Thumbs.db", "b/.DS_Store", "top.png", "$RECYCLE.BIN/x.jpg");
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(_folder, out IReadOnlyList<SkippedPath> skipped);
        Assert.HasCount(2, images);
        CollectionAssert.AreEqual(
            new[] { "top.png", "$RECYCLE.BIN", "a/2.tif", "a/notes", "b/deep/2.heic" },
            skipped.Select(path => Path.GetRelativePath(_folder, path.Path).Replace('\\', '/')).ToArray());
        CollectionAssert.AreEqual(
            new[]
            {
                "it is beside the class folders, so it has no label",
                "it is a folder of the operating system",
                "files with the extension '.tif' cannot be decoded",
                "it has no extension",
                "files with the extension '.heic' cannot be decoded",
            },
            skipped.Select(path => path.Reason).ToArray());
    }

    [TestMethod]
    public void EveryFormatThatIsDecoded_IsListed()
    {
        Touch([.. "jpg jpeg jpe jfif png bmp gif webp ico wbmp JPG".Split(' ').Select(extension => $"a/1.{extension}"), "b/1.webp"]);
        Assert.HasCount(12, ImageFolder.Enumerate(_folder, out IReadOnlyList<SkippedPath> skipped));
        Assert.IsEmpty(skipped);
    }

    [TestMethod]
    public void AClassWithoutDecodablePictures_IsAnError()
    {
        Touch("a/1.jpg", "b/1.jpg", "c/1.TIF", "c/2.tif", "empty/readme.md");
        string message = Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.Enumerate(_folder)).Message;
        StringAssert.Contains(message, $"'{Path.Combine(_folder, "c")}' has 2 pictures (.tif)");
    }

    [TestMethod]
    [DataRow("$RECYCLE.BIN")]
    [DataRow("@eaDir")]
    [DataRow("__MACOSX")]
    [DataRow(".thumbnails")]
    public void FoldersOfTheSystem_AreNoClasses(string name)
    {
        Touch("a/1.jpg", "b/1.jpg", $"{name}/1.jpg", $"a/{name}/1.jpg");
        Assert.HasCount(2, ImageFolder.Enumerate(_folder));
    }

    [TestMethod]
    public void PartsOfADataSet_AreNoClasses()
    {
        Touch("train/a/1.jpg", "train/b/1.jpg", "Val/a/1.jpg", "Val/b/1.jpg");
        string message = Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.Enumerate(_folder)).Message;
        StringAssert.Contains(message, "'Val', 'train'");
        StringAssert.Contains(message, $"'{Path.Combine(_folder, "train")}' to train");
        Assert.HasCount(2, ImageFolder.Enumerate(Path.Combine(_folder, "train")));
    }

    [TestMethod]
    public void AClassCalledTrain_IsAClassBesideOthers()
    {
        Touch("train/1.jpg", "plane/1.jpg");
        Assert.HasCount(2, ImageFolder.Enumerate(_folder));
    }

    [TestMethod]
    public void NamesThatDifferInCaseOnly_AreAnError()
    {
        Touch("daisy/1.jpg", "Daisy/2.jpg", "tulip/1.jpg");
        if (Directory.GetDirectories(_folder).Length < 3) Assert.Inconclusive("Skipped: names of files do not depend on case here.");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => ImageFolder.Enumerate(_folder)).Message, "'Daisy', 'daisy' differ in case only");
    }

    [TestMethod]
    public void LinksThatLeadBack_AreNotFollowed()
    {
        Touch("a/1.jpg", "a/deep/2.jpg", "b/1.jpg");
        Link("a/deep/up", "a");
        Link("b/root", ".");
        Link("loop", ".");
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(_folder, out IReadOnlyList<SkippedPath> skipped);
        Assert.HasCount(3, images);
        CollectionAssert.AreEqual(
            new[] { "a/deep/up", "b/root", "loop" }, skipped.Select(path => Path.GetRelativePath(_folder, path.Path).Replace('\\', '/')).ToArray());
    }

    [TestMethod]
    public void LinksToOtherFolders_AreFollowed()
    {
        Touch("a/1.jpg", "b/1.jpg", "b/deep/2.jpg");
        string other = TestFolders.CreateTemporary();
        File.WriteAllBytes(Path.Combine(other, "3.jpg"), []);
        Link("a/more", other);
        Link("a/of-b", "b");
        Link("b/of-a", "a");
        string[] paths = [.. ImageFolder.Enumerate(_folder).Select(image => Path.GetRelativePath(_folder, image.ImagePath).Replace('\\', '/'))];
        CollectionAssert.AreEqual(
            new[] { "a/1.jpg", "a/more/3.jpg", "a/of-b/1.jpg", "a/of-b/deep/2.jpg", "b/1.jpg", "b/deep/2.jpg", "b/of-a/1.jpg", "b/of-a/more/3.jpg" }, paths);
    }

    private void Link(string path, string target)
    {
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(_folder, path), Path.GetFullPath(target, _folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Inconclusive($"Skipped: no symbolic links can be made here. {e.Message}");
        }
    }

    private void Touch(params string[] files)
    {
        foreach (string file in files)
        {
            string path = Path.Combine(_folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, []);
        }
    }
}
