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
