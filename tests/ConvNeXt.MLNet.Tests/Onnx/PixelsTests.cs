using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Onnx;

/// <summary>The transform that makes the input of an exported network.</summary>
[TestClass]
public sealed class PixelsTests
{
    private static readonly ImagePreprocessing _preprocessing = ImagePreprocessing.ForSize(32);

    private readonly MLContext _context = new();

    private IDataView Images => _context.Data.LoadFromEnumerable(TinyModel.TestSet);

    [TestMethod]
    public void Column_HasPlanes_OfTheResizedAndCroppedPicture()
    {
        IDataView pixels = _context.Transforms.ConvNeXtPixels("images", "ImagePath", _preprocessing).Fit(Images).Transform(Images);
        var type = (VectorDataViewType)pixels.Schema["images"].Type;
        CollectionAssert.AreEqual(new[] { 3, 32, 32 }, type.Dimensions.ToArray());
        float[][] rows = [.. pixels.GetColumn<float[]>("images")];
        Assert.AreEqual(TinyModel.TestSet.Count, rows.Length);
        for (int row = 0; row < rows.Length; row++)
        {
            byte[] expected = _preprocessing.ResizeAndCrop(Read(TinyModel.TestSet[row].ImagePath)).Pixels;
            for (int i = 0; i < expected.Length; i++) Assert.AreEqual((float)expected[i], rows[row][i % 3 * 32 * 32 + i / 3]);
        }
    }

    [TestMethod]
    public void RelativePaths_AreTakenFromTheImageFolder()
    {
        string path = TinyModel.TestSet[0].ImagePath;
        IDataView view = _context.Data.LoadFromEnumerable([new LabeledImage { ImagePath = Path.GetFileName(path) }]);
        IDataView pixels = _context.Transforms.ConvNeXtPixels("images", "ImagePath", _preprocessing, Path.GetDirectoryName(path)).Fit(view).Transform(view);
        Assert.IsFalse(pixels.GetColumn<float[]>("images").Single().Any(float.IsNaN));
    }

    [TestMethod]
    public void ManyUnreadableImages_AreNamedUpToALimit_AndThenCounted()
    {
        var context = new MLContext();
        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning) warnings.Add(e.RawMessage);
        };
        IDataView view = context.Data.LoadFromEnumerable(Enumerable.Range(0, 25).Select(i => new LabeledImage { ImagePath = $"missing{i}.png" }));
        IDataView pixels = context.Transforms.ConvNeXtPixels("images", "ImagePath", _preprocessing).Fit(view).Transform(view);
        using (DataViewRowCursor cursor = pixels.GetRowCursor([pixels.Schema["images"]]))
        {
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(pixels.Schema["images"]);
            VBuffer<float> values = default;
            while (cursor.MoveNext())
            {
                get(ref values);
                Assert.IsTrue(values.GetValues().ToArray().All(float.IsNaN));
            }
        }

        Assert.HasCount(21, warnings);
        StringAssert.Contains(warnings[0], "missing0.png");
        StringAssert.Contains(warnings[20], "25 images");
    }

    [TestMethod]
    public void BadArguments_AreNamed()
    {
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.ConvNeXtPixels("", "ImagePath", _preprocessing)).Message, "outputColumnName");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.ConvNeXtPixels("images", "ImagePath", _preprocessing with { Size = 8 }));
        IEstimator<ITransformer> estimator = _context.Transforms.ConvNeXtPixels("images", "Picture", _preprocessing);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(Images)).Message, "'Picture'");
    }

    private static RgbImage Read(string path)
    {
        using MLImage image = MLImage.CreateFromFile(path);
        (int red, int blue) = image.PixelFormat == MLPixelFormat.Rgba32 ? (0, 2) : (2, 0);
        byte[] rgb = new byte[image.Width * image.Height * 3];
        for (int i = 0; i < image.Width * image.Height; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = (image.Pixels[4 * i + red], image.Pixels[4 * i + 1], image.Pixels[4 * i + blue]);
        return new RgbImage(image.Width, image.Height, rgb);
    }
}
