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

    public static int Run(Arguments arguments)
    {
        if (arguments.Text("images") is not { } folder)
        {
            Console.Error.WriteLine("memory needs --images DIR, a folder with one sub-folder of pictures per class.");
            return 2;
        }
        var ml = new MLContext(1);
        IReadOnlyList<LabeledImage> pictures = ImageFolder.Enumerate(folder);
        IDataView keyed = Keyed(ml, pictures);
        Train(ml, keyed, arguments);
        Score(ml, Fit(ml, Keyed(ml, [.. pictures.GroupBy(picture => picture.Label).SelectMany(group => group.Take(2))]), ScoringSize, 1, null, arguments), pictures);
        return 0;
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
        long atHundred = 0, most = 0;
        int row = 0;
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]))
        {
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
            VBuffer<float> score = default;
            while (cursor.MoveNext())
            {
                get(ref score);
                row++;
                long resident = Resident();
                if (row == 100) atHundred = most = resident;
                most = Math.Max(most, resident);
                if (row is 100 or 200 or 500 or 1000 or 1500 or Rows) Console.WriteLine($"scoring Atto at {ScoringSize} pixels, row {row}: resident {resident / Megabyte:0} MB, of it committed by the garbage collector {GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes / Megabyte:0} MB");
            }
        }
        Console.WriteLine($"most after row 100: {most / Megabyte:0} MB, {(double)most / atHundred:0.00} of row 100; {row / watch.Elapsed.TotalSeconds:0} images/s");
    }

    private static ConvNeXtClassificationTransformer Fit(MLContext ml, IDataView data, int size, int epochs, Action<TrainingProgress>? step, Arguments arguments) =>
        ml.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options
        {
            LabelColumnName = "Key",
            ImageColumnName = nameof(LabeledImage.ImagePath),
            Variant = ConvNeXtVariant.Atto,
            ValidationFraction = 0,
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

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
