using ConvNeXt.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using ColorBits = Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator.ColorBits;
using ColorsOrder = Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator.ColorsOrder;

namespace MLNet.Contract.Tests.Images;

[TestClass]
public sealed class ImageTransformsContractTests
{
    private const int Height = 2, Width = 3;

    private readonly MLContext _ml = new(seed: 1);
    private string _folder = "";

    [TestInitialize]
    public void MakePictures()
    {
        _folder = TestFolders.CreateTemporary();
        using MLImage image = Picture();
        image.Save(Path.Combine(_folder, "a.png"));
    }

    [TestCleanup]
    public void RemovePictures() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void LoadImages_GivesImages_TaggedWithTheirPath_AndNullForAnEmptyPath()
    {
        var view = Load("Image", "a.png", "").Preview;
        Assert.AreEqual("Image", view.Schema["Image"].Type.ToString());
        var seen = new List<(int Width, int Height, string Tag)?>();
        ForEach<MLImage>(view, "Image", image => seen.Add(image is null ? null : (image.Width, image.Height, image.Tag)));
        Assert.AreEqual(2, seen.Count);
        Assert.AreEqual((Width, Height, Path.Combine(_folder, "a.png")), seen[0]);
        Assert.IsNull(seen[1]);
    }

    [TestMethod]
    public void LoadImages_OfAMissingFolder_ThrowsAtOnce() =>
        Assert.ThrowsException<ArgumentException>(() => _ml.Transforms.LoadImages("Image", Path.Combine(_folder, "none"), "Path"));

    [TestMethod]
    public void LoadImages_OfAMissingFile_ThrowsWhenItIsRead()
    {
        var view = Load("Image", "none.png").Preview;
        Throws<FileNotFoundException>(() => ForEach<MLImage>(view, "Image", _ => { }));
    }

    [TestMethod]
    public void LoadImages_OfAFileThatIsNoImage_ThrowsWhenItIsRead()
    {
        File.WriteAllText(Path.Combine(_folder, "text.png"), "no image");
        var view = Load("Image", "text.png").Preview;
        Throws<ArgumentException>(() => ForEach<MLImage>(view, "Image", _ => { }));
    }

    [TestMethod]
    public void LoadImages_WithoutFolder_TakesPathsAsTheyAre()
    {
        var rows = _ml.Data.LoadFromEnumerable(new[] { new PathRow { Path = Path.Combine(_folder, "a.png") } });
        var view = _ml.Transforms.LoadImages("Image", null, "Path").Fit(rows).Transform(rows);
        ForEach<MLImage>(view, "Image", image => Assert.AreEqual(Width, image.Width));
    }

    [TestMethod]
    public void LoadImages_OfAColumnThatIsNoText_IsASchemaMismatch()
    {
        var rows = Images();
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Transforms.LoadImages("Image", _folder, "Number").Fit(rows));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Transforms.LoadImages("Image", _folder, "NoSuchColumn").Fit(rows));
    }

    [TestMethod]
    public void LoadRawImageBytes_GivesTheFilesBytes_AndNoneForAnEmptyPath()
    {
        var rows = _ml.Data.LoadFromEnumerable(new[] { new PathRow { Path = "a.png" }, new PathRow { Path = "" } });
        var view = _ml.Transforms.LoadRawImageBytes("Bytes", _folder, "Path").Fit(rows).Transform(rows);
        Assert.AreEqual("Vector<Byte>", view.Schema["Bytes"].Type.ToString());
        var seen = new List<byte[]>();
        ForEach<VBuffer<byte>>(view, "Bytes", bytes => seen.Add(bytes.DenseValues().ToArray()));
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(_folder, "a.png")), seen[0]);
        Assert.AreEqual(0, seen[1].Length);
    }

    [TestMethod]
    public void ResizeImages_PassesAnImageThatFits_AsTheSameInstance()
    {
        using MLImage image = Picture();
        var rows = _ml.Data.LoadFromEnumerable(new[] { new ImageRow { Image = image } });
        var view = _ml.Transforms.ResizeImages("Resized", Width, Height, "Image").Fit(rows).Transform(rows);
        ForEach<MLImage>(view, "Resized", resized => Assert.AreSame(image, resized));
    }

    [TestMethod]
    [DataRow(ImageResizingEstimator.ResizingKind.IsoCrop)]
    [DataRow(ImageResizingEstimator.ResizingKind.IsoPad)]
    [DataRow(ImageResizingEstimator.ResizingKind.Fill)]
    public void ResizeImages_GivesTheSizeAskedFor_AndKeepsTheTag(ImageResizingEstimator.ResizingKind kind)
    {
        // The missing image comes first: after another one, that one may still be in the caller's variable, disposed.
        var (rows, _) = Load("Image", "", "a.png");
        var pipeline = _ml.Transforms.LoadImages("Image", _folder, "Path").Append(_ml.Transforms.ResizeImages("Resized", 8, 6, "Image", kind));
        var view = pipeline.Fit(rows).Transform(rows);
        Assert.AreEqual("Image<6, 8>", view.Schema["Resized"].Type.ToString());
        var seen = new List<(int, int, string)?>();
        ForEach<MLImage>(view, "Resized", image => seen.Add(image is null ? null : (image.Width, image.Height, image.Tag)));
        Assert.IsNull(seen[0]);
        Assert.AreEqual((8, 6, Path.Combine(_folder, "a.png")), seen[1]);
    }

    [TestMethod]
    public void ResizeImages_ToNothing_IsRefused() =>
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Transforms.ResizeImages("Resized", 0, 6, "Image"));

    [TestMethod]
    [DataRow(MLPixelFormat.Bgra32)]
    [DataRow(MLPixelFormat.Rgba32)]
    public void ExtractPixels_GivesPlanesOfRedGreenBlue(MLPixelFormat format)
    {
        var (type, values) = Extract<float>(_ml.Transforms.ExtractPixels("Pixels", "Image"), format);
        Assert.AreEqual("Vector<Single, 3, 2, 3>", type);
        CollectionAssert.AreEqual(Planes(format, 'R', 'G', 'B').Select(v => (float)v).ToArray(), values);
    }

    [TestMethod]
    public void ExtractPixels_Interleaves_InTheOrderAskedFor()
    {
        var estimator = _ml.Transforms.ExtractPixels("Pixels", "Image", ColorBits.All, ColorsOrder.ABGR, interleavePixelColors: true);
        var (type, values) = Extract<float>(estimator, MLPixelFormat.Rgba32);
        Assert.AreEqual("Vector<Single, 2, 3, 4>", type);
        byte[] planes = Planes(MLPixelFormat.Rgba32, 'A', 'B', 'G', 'R');
        CollectionAssert.AreEqual(Enumerable.Range(0, 24).Select(i => (float)planes[i % 4 * 6 + i / 4]).ToArray(), values);
    }

    [TestMethod]
    public void ExtractPixels_SubtractsTheOffset_ThenScales()
    {
        var (_, values) = Extract<float>(_ml.Transforms.ExtractPixels("Pixels", "Image", ColorBits.Green, offsetImage: 100, scaleImage: 0.25f),
            MLPixelFormat.Rgba32);
        CollectionAssert.AreEqual(Planes(MLPixelFormat.Rgba32, 'G').Select(v => (v - 100f) * 0.25f).ToArray(), values);
    }

    [TestMethod]
    public void ExtractPixels_AsBytes_IgnoresOffsetAndScale()
    {
        var estimator = _ml.Transforms.ExtractPixels("Pixels", "Image", ColorBits.Rgb, ColorsOrder.AGBR,
            offsetImage: 9, scaleImage: 3, outputAsFloatArray: false);
        var (type, values) = Extract<byte>(estimator, MLPixelFormat.Bgra32);
        Assert.AreEqual("Vector<Byte, 3, 2, 3>", type);
        CollectionAssert.AreEqual(Planes(MLPixelFormat.Bgra32, 'G', 'B', 'R'), values);
    }

    [TestMethod]
    public void ExtractPixels_DisposesTheImage_WhenTheCursorEnds()
    {
        MLImage image = Picture();
        var rows = _ml.Data.LoadFromEnumerable(new[] { new ImageRow { Image = image } });
        ForEach<VBuffer<float>>(_ml.Transforms.ExtractPixels("Pixels", "Image").Fit(rows).Transform(rows), "Pixels", _ => Assert.AreEqual(Width, image.Width));
        Assert.ThrowsException<InvalidOperationException>(() => image.Width);
    }

    [TestMethod]
    public void ExtractPixels_WantsAKnownSize_AndSomeColour()
    {
        var view = Load("Image", "a.png").Preview;
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractPixels("Pixels", "Image").Fit(view));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractPixels("Pixels", "Image", 0));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Transforms.ExtractPixels("Pixels", "Image", scaleImage: 0));
    }

    [TestMethod]
    public void ConvertToGrayscale_GivesEqualColours()
    {
        var rows = Images();
        ForEach<MLImage>(_ml.Transforms.ConvertToGrayscale("Grey", "Image").Fit(rows).Transform(rows), "Grey", grey =>
        {
            byte[] bgr = grey.GetBGRPixels;
            for (int i = 0; i < bgr.Length; i += 3) Assert.IsTrue(bgr[i] == bgr[i + 1] && bgr[i] == bgr[i + 2]);
        });
    }

    [TestMethod]
    public void SavedPipeline_LoadsAndGivesTheSame()
    {
        var (rows, _) = Load("Image", "a.png");
        var model = _ml.Transforms.LoadImages("Image", _folder, "Path")
            .Append(_ml.Transforms.ResizeImages("Resized", Width, Height, "Image", cropAnchor: ImageResizingEstimator.Anchor.Top))
            .Append(_ml.Transforms.ConvertToGrayscale("Grey", "Resized"))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Grey", ColorBits.All, ColorsOrder.AGBR,
                interleavePixelColors: true, offsetImage: 3, scaleImage: 0.5f))
            .Append(_ml.Transforms.LoadRawImageBytes("Bytes", _folder, "Path"))
            .Fit(rows);
        using var file = new MemoryStream();
        _ml.Model.Save(model, rows.Schema, file);
        file.Position = 0;
        ITransformer loaded = new MLContext(seed: 2).Model.Load(file, out _);
        var (before, after) = (model.Transform(rows), loaded.Transform(rows));
        Assert.AreEqual(string.Join(';', before.Schema), string.Join(';', after.Schema));
        List<float> expected = [], actual = [];
        ForEach<VBuffer<float>>(before, "Pixels", values => expected.AddRange(values.DenseValues()));
        ForEach<VBuffer<float>>(after, "Pixels", values => actual.AddRange(values.DenseValues()));
        Assert.AreEqual(24, expected.Count);
        CollectionAssert.AreEqual(expected, actual);
    }

    private static byte Sample(int pixel, int channel) => (byte)(channel == 3 ? 255 : pixel * 40 + channel * 10);

    private static MLImage Picture(MLPixelFormat format = MLPixelFormat.Rgba32) => MLImage.CreateFromPixels(
        Width, Height, format, [.. Enumerable.Range(0, Width * Height).SelectMany(pixel => Enumerable.Range(0, 4).Select(channel => Sample(pixel, channel)))]);

    private static byte[] Planes(MLPixelFormat format, params char[] colors)
    {
        string stored = format == MLPixelFormat.Rgba32 ? "RGBA" : "BGRA";
        return [.. colors.SelectMany(color => Enumerable.Range(0, Width * Height).Select(pixel => Sample(pixel, stored.IndexOf(color))))];
    }

    private static void ForEach<T>(IDataView view, string column, Action<T> visit)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[column]]);
        ValueGetter<T> getter = cursor.GetGetter<T>(view.Schema[column]);
        T value = default!;
        while (cursor.MoveNext())
        {
            getter(ref value);
            visit(value);
        }
    }

    /// <summary>A cursor may wrap what happens in it into an InvalidOperationException.</summary>
    private static void Throws<TException>(Action action)
        where TException : Exception
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is TException || e.InnerException is TException)
        {
            return;
        }
        throw new AssertFailedException($"There was no {typeof(TException).Name}.");
    }

    private (IDataView Rows, IDataView Preview) Load(string column, params string[] paths)
    {
        var rows = _ml.Data.LoadFromEnumerable(paths.Select(path => new PathRow { Path = path }).ToArray());
        return (rows, _ml.Transforms.LoadImages(column, _folder, "Path").Fit(rows).Transform(rows));
    }

    private IDataView Images(MLPixelFormat format = MLPixelFormat.Rgba32) => _ml.Data.LoadFromEnumerable(new[] { new ImageRow { Image = Picture(format) } });

    private (string Type, T[] Values) Extract<T>(ImagePixelExtractingEstimator estimator, MLPixelFormat format)
    {
        var rows = Images(format);
        var view = estimator.Fit(rows).Transform(rows);
        T[] values = [];
        ForEach<VBuffer<T>>(view, "Pixels", vector => values = [.. vector.DenseValues()]);
        return (view.Schema["Pixels"].Type.ToString()!, values);
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }

    private sealed class ImageRow
    {
        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }

        public float Number { get; set; }
    }
}
