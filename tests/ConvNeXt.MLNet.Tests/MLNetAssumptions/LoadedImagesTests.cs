using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>What LoadImages and LoadRawImageBytes give without a file; Images/ImageColumn.cs takes null and no bytes for a row without an image.</summary>
[TestClass]
public sealed class LoadedImagesTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void AnEmptyPath_GivesNoImage_AndNoBytes()
    {
        Assert.IsNull(Read<MLImage?>(Images(""), null));
        Assert.AreEqual(0, Read<VBuffer<byte>>(Bytes(""), default).Length);
    }

    [TestMethod]
    public void AMissingFile_ThrowsWhenItIsRead()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "missing.png");
        Assert.ThrowsExactly<FileNotFoundException>(() => Read<MLImage?>(Images(path), null));

        // Bytes are loaded on threads of ML.NET's own, which wraps what they throw.
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Read<VBuffer<byte>>(Bytes(path), default));
        Assert.IsInstanceOfType<FileNotFoundException>(error.InnerException);
    }

    [TestMethod]
    public void AMissingFolder_ThrowsAtOnce() =>
        Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.LoadImages("Image", Path.Combine(TestFolders.CreateTemporary(), "missing"), "Path"));

    private IDataView Images(string path) => Load(path, rows => _context.Transforms.LoadImages("Image", "", "Path").Fit(rows));

    private IDataView Bytes(string path) => Load(path, rows => _context.Transforms.LoadRawImageBytes("Image", "", "Path").Fit(rows));

    private IDataView Load(string path, Func<IDataView, ITransformer> fit)
    {
        IDataView rows = _context.Data.LoadFromEnumerable([new { Path = path }]);
        return fit(rows).Transform(rows);
    }

    private static T Read<T>(IDataView view, T value)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<T> get = cursor.GetGetter<T>(view.Schema["Image"]);
        Assert.IsTrue(cursor.MoveNext());
        get(ref value);
        return value;
    }
}
