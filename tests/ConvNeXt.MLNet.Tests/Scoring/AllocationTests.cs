using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Scoring;

/// <summary>Long views are scored, and epochs trained, in memory that is used again and again.</summary>
[TestClass]
[DoNotParallelize] // what other tests allocate at the same time would count
public sealed class AllocationTests
{
    private const int Width = 256, Height = 256;

    /// <summary>
    /// For what is small and differs by row: the path, the file's handle, a share of the batch; and for buffers of threads that join late. Without reuse, file, decoded picture and
    /// its RGB copy would be 650,000 bytes an image.
    /// </summary>
    private const long BytesPerImage = 64 << 10;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [TestCategory("Slow")]
    public void ScoringAFile_LeavesNextToNothingToTheGarbageCollector()
    {
        const int Warmup = 200, Measured = 500;
        LabeledImage picture = WritePicture();
        LabeledImage[] rows = [.. Enumerable.Repeat(picture, Warmup + Measured)];
        IDataView scored = TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(rows));
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> score = default;
        long before = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            if (row == Warmup) before = GC.GetTotalAllocatedBytes(precise: true);
            Assert.IsTrue(cursor.MoveNext());
            getScore(ref score);
        }
        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Measured - DecoderBytes(picture);
        Assert.IsTrue(each < BytesPerImage, $"{each} bytes an image");
    }

    [TestMethod]
    public void TrainingOnFiles_LeavesNextToNothingToTheGarbageCollector()
    {
        LabeledImage picture = WritePicture();
        LabeledImage[] rows = [.. Enumerable.Range(0, 60).Select(row => new LabeledImage { ImagePath = picture.ImagePath, Label = row % 2 == 0 ? "a" : "b" })];
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 4);
        options.ValidationSetFraction = null;
        var allocated = new List<long>();
        options.MetricsCallback = _ => allocated.Add(GC.GetTotalAllocatedBytes(precise: true));
        TinyModel.Fit(_context, options, rows);
        long each = (allocated[2] - allocated[0]) / (2 * rows.Length) - DecoderBytes(picture);
        Assert.IsTrue(each < BytesPerImage, $"{each} bytes an image");
    }

    /// <summary>What the decoder behind MLImage leaves to the garbage collector by itself; that is not this library's.</summary>
    private static long DecoderBytes(LabeledImage picture)
    {
        const int Times = 50;
        byte[] file = File.ReadAllBytes(picture.ImagePath);
        long before = 0;
        for (int i = -Times; i < Times; i++)
        {
            if (i == 0) before = GC.GetAllocatedBytesForCurrentThread();
            using var stream = new MemoryStream(file, 0, file.Length, writable: false, publiclyVisible: true);
            using MLImage image = MLImage.CreateFromStream(stream);
            Assert.AreEqual(Width * Height * 4, image.Pixels.Length);
        }
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
    }

    private static LabeledImage WritePicture()
    {
        byte[] pixels = new byte[Width * Height * 3];
        new Random(1).NextBytes(pixels);
        string path = Path.Combine(TestFolders.CreateTemporary(), "large.bmp");
        File.WriteAllBytes(path, TestImages.EncodeBmp(Width, Height, pixels));
        return new LabeledImage { ImagePath = path, Label = "noise" };
    }
}
