using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Benchmarks.Peers;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>
/// A folder of pictures scored end to end, from file to probabilities, through ML.NET's Transform, beside the network alone on pixels that lie ready; and what preparing
/// a picture takes.
/// </summary>
internal static class PipelineBenchmark
{
    private const double ShareWanted = 0.9, BusyWanted = 0.95, NetworkSeconds = 6;
    private const int Size = 224;

    public static int Run(Arguments arguments)
    {
        string folder = arguments.Text("images") ?? throw new PeerException("bench pipeline takes --images DIR, a folder with one sub-folder of pictures per class.");
        int rows = arguments.Integer("rows", 2000);
        IReadOnlyList<LabeledImage> pictures = ImageFolder.Enumerate(folder);
        using var check = new PeerCheck($"{rows} pictures of {folder} ({pictures.Count}, repeated) from file to probabilities, {Size} pixels; beside it the network alone, before and after");
        PrintPreparation(pictures);
        foreach (string name in (arguments.Text("variant") ?? "tiny,atto").Split(','))
        {
            var variant = Enum.Parse<ConvNeXtVariant>(name, ignoreCase: true);
            var ml = new MLContext(1);
            ConvNeXtClassificationTransformer model = SmallModel.Fit(ml, variant, Size, pictures, arguments.Threads);
            IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(row => pictures[row % pictures.Count]));
            Score(model, ml.Data.TakeRows(view, Math.Min(rows, 64))); // warms up
            double before = NetworkRate(model);
            (double rate, double busy) = Score(model, view);
            double network = (before + NetworkRate(model)) / 2, share = rate / network;
            string line = string.Create(CultureInfo.InvariantCulture,
                $"{variant,-6} {rate,6:0.0} images/s end to end, the network alone {network,6:0.0}: {share:0.0%}; the processors are busy {busy:0.0%}");
            if (variant == ConvNeXtVariant.Tiny) check.Report($"{line} (at least {ShareWanted:0%} of the network)", share >= ShareWanted);
            else check.Report($"{line} (at least {BusyWanted:0%} busy)", busy >= BusyWanted);
        }
        return check.Finish();
    }

    private static double NetworkRate(ConvNeXtClassificationTransformer model)
    {
        const int batch = 16;
        ImageBatch images = ImageBatch.Random(batch, Size, Size, seed: 1);
        var logits = new float[batch * model.Config.ClassCount];
        return batch / Repetition.MedianSeconds(() => model.Network.Engine.Score(images.Pixels, batch, Size, Size, logits), NetworkSeconds);
    }

    private static (double Rate, double Busy) Score(ConvNeXtClassificationTransformer model, IDataView view)
    {
        IDataView scored = model.Transform(view);
        TimeSpan used = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        int rows = 0;
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]))
        {
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
            VBuffer<float> score = default;
            for (; cursor.MoveNext(); rows++) get(ref score);
        }
        double seconds = watch.Elapsed.TotalSeconds;
        return (rows / seconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds / seconds / Environment.ProcessorCount);
    }

    // One thread; each step over all pictures, so that it is measured by itself.
    private static void PrintPreparation(IReadOnlyList<LabeledImage> pictures)
    {
        ImagePreprocessing preprocessing = ImagePreprocessing.ForSize(Size);
        LabeledImage[] some = [.. pictures.Where((_, i) => i % Math.Max(1, pictures.Count / 100) == 0)];
        byte[][] files = [.. some.Select(picture => File.ReadAllBytes(picture.ImagePath))];
        var pixels = new float[preprocessing.Length];
        double Milliseconds(Action action) => Repetition.MedianSeconds(action, 1) * 1e3 / some.Length;
        double reading = Milliseconds(() =>
        {
            foreach (LabeledImage picture in some) File.ReadAllBytes(picture.ImagePath);
        });
        double decoding = Milliseconds(() =>
        {
            foreach (byte[] file in files)
            {
                using var stream = new MemoryStream(file, 0, file.Length, writable: false, publiclyVisible: true);
                using MLImage image = MLImage.CreateFromStream(stream);
            }
        });
        double all = Milliseconds(() =>
        {
            foreach (LabeledImage picture in some)
            {
                using RgbImage image = ImageDecoding.Decode(new ImageReference(picture.ImagePath, null, null));
                preprocessing.Apply(image, pixels);
            }
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"preparing a picture on one thread: {all:0.00} ms, of it reading {reading:0.00}, MLImage's decoder {decoding:0.00}, the rest (to RGB, resizing, normalising) {all - reading - decoding:0.00}"));
    }
}
