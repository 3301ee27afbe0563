using System.Diagnostics;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Benchmarks.Engines;

/// <summary>Resident memory of the process during training and while it scores a long data view.</summary>
internal static class MemoryBenchmark
{
    private const int Rows = 2000, ScoringSize = 224;
    private const double Megabyte = 1024 * 1024;

    public static int Run(Arguments arguments)
    {
        string folder = arguments.Text("images") ?? NoiseImageFolder.Create();
        var ml = new MLContext(1);
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder);
        Train(ml, Keyed(ml, images), arguments);
        IDataView few = Keyed(ml, [.. images.GroupBy(image => image.Label).SelectMany(group => group.Take(2))]);
        Score(ml, Fit(ml, few, ScoringSize, 1, null, arguments), images);
        return 0;
    }

    private static void Train(MLContext ml, IDataView data, Arguments arguments)
    {
        // A short run first: it loads the code and fills memory pools, so the second one shows what training itself takes.
        Fit(ml, data, 96, 1, null, arguments);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        long before = Resident(), peak = before, planned = 0;
        ml.Log += (_, message) => planned = Math.Max(planned, PlannedBytes(message.Message));
        Fit(ml, data, 96, 4, _ => peak = Math.Max(peak, Resident()), arguments);
        Console.WriteLine($"training Atto at 96 pixels, batch 16: planned {planned / Megabyte:0} MB; "
            + $"resident {before / Megabyte:0} MB before, at most {peak / Megabyte:0} MB during training, "
            + $"{(peak - before) / Megabyte:0} MB more{(planned > 0 ? $" ({(double)(peak - before) / planned:0.00} of the plan)" : "")}");
    }

    private static void Score(MLContext ml, ConvNeXtClassificationTransformer model, IReadOnlyList<LabeledImage> images)
    {
        IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(row => images[row % images.Count]));
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
                if (++row % 50 != 0) continue; // reading the numbers costs memory, too
                long resident = Resident();
                if (row == 100) (atHundred, most, allocated) = (resident, resident, GC.GetTotalAllocatedBytes());
                most = Math.Max(most, resident);
                if (row is not (100 or 200 or 500 or 1000 or 1500 or Rows)) continue;
                double managed = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes / Megabyte;
                Console.WriteLine($"scoring Atto at {ScoringSize} pixels, row {row}: resident {resident / Megabyte:0} MB, of it managed heap {managed:0} MB");
            }
        }
        double garbage = (GC.GetTotalAllocatedBytes() - allocated) / 1024.0 / (Rows - 100);
        Console.WriteLine($"maximum after row 100: {most / Megabyte:0} MB, {(double)most / atHundred:0.00} of that at row 100; "
            + $"{row / watch.Elapsed.TotalSeconds:0} images/s; {garbage:0.0} KB allocated an image");
    }

    private static ConvNeXtClassificationTransformer Fit(
        MLContext ml, IDataView data, int size, int epochs, Action<TrainingProgress>? step, Arguments arguments) =>
        ml.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options
        {
            LabelColumnName = "Key",
            ImageColumnName = nameof(LabeledImage.ImagePath),
            Weights = ConvNeXtWeights.None,
            ValidationSetFraction = 0.2f,
            Epochs = epochs,
            ImageSize = size,
            ThreadCount = arguments.Threads,
            ProgressCallback = step,
        }).Fit(data);

    private static IDataView Keyed(MLContext ml, IReadOnlyList<LabeledImage> images)
    {
        IDataView view = ml.Data.LoadFromEnumerable(images);
        return ml.Transforms.Conversion.MapValueToKey("Key", nameof(LabeledImage.Label)).Fit(view).Transform(view);
    }

    /// <summary>The memory that the library plans to use, which it logs before training: the first number of megabytes in that message.</summary>
    private static long PlannedBytes(string message)
    {
        int at = message.IndexOf("MB", StringComparison.Ordinal);
        if (at < 0 || !message.Contains("Training takes", StringComparison.Ordinal)) return 0;
        string number = new([.. message[..at].TrimEnd().Reverse().TakeWhile(c => char.IsAsciiDigit(c) || c is '.' or ',').Reverse()]);
        return double.TryParse(number, out double megabytes) ? (long)(megabytes * 1e6) : 0;
    }

    private static long Resident() => Environment.WorkingSet;
}
