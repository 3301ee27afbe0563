using System.IO.Compression;
using ConvNeXt.Tests;
using Microsoft.ML;

namespace Compat.Tests.Images;

[TestClass]
public sealed class ImageModelFileTests
{
    [TestMethod]
    public void LoadImagesAndResizeImages_AreWritten_AsTheOfficialOnesWroteThem()
    {
        var ml = new MLContext(seed: 1);
        using var official = ZipFile.OpenRead(TestFolders.Data("mlnet", "loadimages_resizeimages_custom.zip"));
        var rows = ml.Data.LoadFromEnumerable(new[] { new Row() });
        var model = ml.Transforms.LoadImages("Img", null, "P").Append(ml.Transforms.ResizeImages("Img", 8, 8)).Fit(rows);
        using var stream = new MemoryStream();
        ml.Model.Save(model, rows.Schema, stream);
        using var ours = new ZipArchive(stream);
        foreach (string member in new[] { "Transform_000", "Transform_001" })
        {
            string name = $"TransformerChain/{member}/Model.key";
            CollectionAssert.AreEqual(Bytes(official, name), Bytes(ours, name), name);
        }
    }

    private static byte[] Bytes(ZipArchive archive, string name)
    {
        using Stream entry = archive.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        entry.CopyTo(copy);
        return copy.ToArray();
    }

    private sealed class Row
    {
        public string P { get; set; } = "";
    }
}
