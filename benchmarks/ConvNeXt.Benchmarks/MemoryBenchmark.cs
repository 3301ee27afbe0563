using System.Buffers.Binary;
using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Benchmarks;

/// <summary>Resident memory of the process while it trains and while it scores a long view.</summary>
internal static class MemoryBenchmark
{
    private const int Rows = 2000, ScoringSize = 224;
    private const double Megabyte = 1024 * 1024;

    public static void Run(Arguments arguments)
    {
        string folder = arguments.Text("images") ?? DrawPictures();
        var ml = new MLContext(1);
        IReadOnlyList<LabeledImage> pictures = ImageFolder.Enumerate(folder);
        IDataView keyed = Keyed(ml, pictures);
        Train(ml, keyed, arguments);
        Score(ml, Fit(ml, Keyed(ml, [.. pictures.GroupBy(picture => picture.Label).SelectMany(group => group.Take(2))]), ScoringSize, 1, null, arguments), pictures);
    }

    /// <summary>Pictures of noise in the size of small photographs, in two classes; no two of the same size.</summary>
    public static string DrawPictures()
    {
        const int PerClass = 40, HeaderBytes = 54;
        string folder = Directory.CreateTempSubdirectory("convnext-bench-").FullName;
        var random = new Random(1);
        foreach (string label in new[] { "bright", "dark" })
        {
            Directory.CreateDirectory(Path.Combine(folder, label));
            for (int i = 0; i < PerClass; i++)
            {
                int width = 320 + 4 * i, height = 240 + 3 * i; // rows of a multiple of four bytes need no padding
                byte[] file = new byte[HeaderBytes + width * height * 3];
                random.NextBytes(file);
                if (label == "dark") foreach (ref byte value in file.AsSpan()) value /= 4;
                file.AsSpan(0, HeaderBytes).Clear();
                "BM"u8.CopyTo(file);
                (int At, int Value)[] header = [(2, file.Length), (10, HeaderBytes), (14, 40), (18, width), (22, height), (26, 1 | 24 << 16)];
                foreach ((int at, int value) in header) BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
                File.WriteAllBytes(Path.Combine(folder, label, $"{i}.bmp"), file);
            }
        }
        return folder;
    }

    private static void Train(MLContext ml, IDataView data, Arguments arguments)
    {
        // A first short run loads the code and fills pools, so that the second one shows what training itself takes.
        Fit(ml, data, 96, 1, null, arguments);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        long before = Resident(), peak = before, planned = 0;
        ml.Log += (_, message) => planned = Math.Max(planned, PlannedBytes(message.Message));
        Fit(ml, data, 96, 4, _ => peak = Math.Max(peak, Resident()), arguments);
        Console.WriteLine($"training Atto at 96 pixels, batch 16: planned {planned / Megabyte:0} MB; resident {before / Megabyte:0} MB before, at most {peak / Megabyte:0} MB during it, "
            + $"{(peak - before) / Megabyte:0} MB more{(planned > 0 ? $" ({(double)(peak - before) / planned:0.00} of the plan)" : "")}");
    }

    private static void Score(MLContext ml, ConvNeXtClassificationTransformer model, IReadOnlyList<LabeledImage> pictures)
    {
        IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(row => pictures[row % pictures.Count]));
        IDataView scored = model.Transform(view);
        var watch = Stopwatch.StartNew();
        long atHundred = 0, most = 0, allocated = 0;
        int row = 0;
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]))
        {
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
            VBuffer<float> score = default;
            while (cursor.MoveNext())
            {
                get(ref score);
                if (++row % 50 != 0) continue; // looking costs memory too
                long resident = Resident();
                if (row == 100) (atHundred, most, allocated) = (resident, resident, GC.GetTotalAllocatedBytes());
                most = Math.Max(most, resident);
                if (row is 100 or 200 or 500 or 1000 or 1500 or Rows) Console.WriteLine($"scoring Atto at {ScoringSize} pixels, row {row}: resident {resident / Megabyte:0} MB, of it committed by the garbage collector {GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes / Megabyte:0} MB");
            }
        }
        double garbage = (GC.GetTotalAllocatedBytes() - allocated) / 1024.0 / (Rows - 100);
        Console.WriteLine($"most after row 100: {most / Megabyte:0} MB, {(double)most / atHundred:0.00} of row 100; {row / watch.Elapsed.TotalSeconds:0} images/s; {garbage:0.0} KB allocated an image");
    }

    private static ConvNeXtClassificationTransformer Fit(MLContext ml, IDataView data, int size, int epochs, Action<TrainingProgress>? step, Arguments arguments) =>
        ml.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options
        {
            LabelColumnName = "Key",
            ImageColumnName = nameof(LabeledImage.ImagePath),
            Variant = ConvNeXtVariant.Atto,
            ValidationSetFraction = 0.2f,
            Training = new TrainingOptions { Epochs = epochs, WarmupEpochs = 0, Preprocessing = ImagePreprocessing.ForSize(size), ComputeThreads = arguments.Threads ?? 0 },
            ProgressCallback = step,
        }).Fit(data);

    private static IDataView Keyed(MLContext ml, IReadOnlyList<LabeledImage> pictures)
    {
        IDataView view = ml.Data.LoadFromEnumerable(pictures);
        return ml.Transforms.Conversion.MapValueToKey("Key", nameof(LabeledImage.Label)).Fit(view).Transform(view);
    }

    /// <summary>The library tells its plan in the log before it trains: the first number of bytes in that message.</summary>
    private static long PlannedBytes(string message)
    {
        int at = message.IndexOf("MB", StringComparison.Ordinal);
        if (at < 0 || !message.Contains("Training takes", StringComparison.Ordinal)) return 0;
        string number = new([.. message[..at].TrimEnd().Reverse().TakeWhile(c => char.IsAsciiDigit(c) || c is '.' or ',').Reverse()]);
        return double.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out double megabytes) ? (long)(megabytes * 1e6) : 0;
    }

    private static long Resident() => Environment.WorkingSet;
}
