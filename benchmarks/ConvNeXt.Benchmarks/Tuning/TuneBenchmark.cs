using System.Globalization;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Search;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Tuning;

/// <summary>
/// What a search finds: the held-out log loss and accuracy of the chosen settings beside those of the default ones, and beside random search with the same time
/// and the same held-out images. Results are kept in a file and each search in a folder, so that a run that was interrupted is continued.
/// </summary>
internal static class TuneBenchmark
{
    /// <summary>The options.</summary>
    public const string Usage = "--images DIR1 DIR2 ... [--minutes 10] [--seeds 1,2,3] [--ways search,random] [--shuffle no] [--size N] [--epochs N] "
        + "[--clock cpu] [--runs tune.csv]";

    private const string Header =
        "set,way,size,epochs,minutes,seed,trials,chosen,round_share,images,log_loss,accuracy,default_log_loss,default_accuracy,linear_log_loss,seconds";

    private const int ColumnOfSeed = 5, ColumnOfTrials = 6, ColumnOfScores = 10;

    public static int Run(Arguments arguments)
    {
        string[] folders = arguments.Texts("images", "");
        if (folders is [""]) throw new BenchmarkException("tune takes --images DIR..., folders with one subfolder of images per class.");
        double minutes = double.Parse(arguments.Text("minutes") ?? "10", CultureInfo.InvariantCulture);
        bool isShuffled = arguments.Text("shuffle") == "yes";
        int size = arguments.Integer("size", 0), epochs = arguments.Integer("epochs", 0); // 0: those of the recipe
        TimeProvider? clock = arguments.UsesProcessorTime ? new ProcessorTime() : null;
        var done = new RunFile(arguments.Text("runs") ?? "tune.csv", Header);
        int[] seeds = arguments.Integers("seeds", "1,2,3");
        string[] ways = arguments.Texts("ways", "search,random");
        foreach (var (seed, folder, way) in from seed in seeds from folder in folders from way in ways select (seed, folder, way))
        {
            string set = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) + (isShuffled ? " shuffled" : "");
            string key = FormattableString.Invariant($"{set},{way},{size},{epochs},{minutes},{seed},");
            if (done.Has(key)) continue;
            string journal = Path.Combine(done.Path + ".searches", key.TrimEnd(',').Replace(',', '-'));
            var options = new ConvNeXtTrainer.Options { Seed = seed, ImageSize = size == 0 ? null : size, Epochs = epochs == 0 ? null : epochs };
            string line = key + Search(Load(folder, isShuffled ? seed : null), options, new TuningOptions
            {
                TimeLimit = TimeSpan.FromMinutes(minutes),
                Folder = journal,
                Resume = true,
                Policy = way == "random" ? SearchPolicy.RandomSearch : new SearchPolicy(),
                TrainsFinalModel = false,
                Clock = clock,
                ProgressCallback = Tell,
            });
            done.Add(line);
            Console.WriteLine(line);
        }
        Print(done.Lines);
        return 0;
    }

    private static string Search(IReadOnlyList<LabeledImage> images, ConvNeXtTrainer.Options options, TuningOptions tuning)
    {
        var ml = new MLContext((int?)options.Seed);
        TuningResult result = ml.MulticlassClassification.Trainers.ConvNeXt(options).Tune(ml.Data.LoadFromEnumerable(images), tuning);
        foreach (string note in result.Notes) Console.Error.WriteLine(note);
        if (result.HeldOut is not { } score || result.DefaultHeldOut is not { } usual)
            throw new BenchmarkException("The time is too short to measure anything.");
        return FormattableString.Invariant($"{result.Trials.Length},{result.Chosen.Number},{result.Chosen.StepShare},{score.Images},{score.LogLoss:0.0000},")
            + FormattableString.Invariant($"{score.Accuracy:0.0000},{usual.LogLoss:0.0000},{usual.Accuracy:0.0000},")
            + FormattableString.Invariant($"{result.Trials[0].Score?.LogLoss:0.0000},{result.Elapsed.TotalSeconds:0}");
    }

    private static void Tell(TuningProgress progress)
    {
        if (progress.Measured is { } trial) Console.Error.WriteLine(FormattableString.Invariant($"{progress.Elapsed.TotalSeconds:0} s: {trial}"));
    }

    private static IReadOnlyList<LabeledImage> Load(string folder, int? shuffledBy)
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder);
        if (shuffledBy is not { } seed) return images;
        string[] labels = [.. images.Select(image => image.Label)];
        new Random(seed).Shuffle(labels);
        return [.. images.Zip(labels, (image, label) => new LabeledImage { ImagePath = image.ImagePath, Label = label })];
    }

    private static void Print(IReadOnlyList<string> lines)
    {
        Console.WriteLine("\n| set | way | size | epochs | minutes | log loss | of the default | accuracy | of the default | trials | seeds |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var group in lines.Select(line => line.Split(',')).GroupBy(words => string.Join(" | ", words[..ColumnOfSeed])))
        {
            string[][] runs = [.. group];
            Console.WriteLine(FormattableString.Invariant(
                $"| {group.Key} | {Mean(0):0.000} | {Mean(2):0.000} | {Mean(1):0.000} | {Mean(3):0.000} | {Trials()} | {runs.Length} |"));

            double Mean(int column) => runs.Average(words => double.Parse(words[ColumnOfScores + column], CultureInfo.InvariantCulture));

            string Trials() => string.Join(", ", runs.Select(words => words[ColumnOfTrials]));
        }
        Console.WriteLine("\nSize and epochs of the default settings; 0: those of the recipe.");
        Console.WriteLine("Means over the seeds, each with other held-out images, which are the same for both ways.");
    }
}
