using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Benchmarks.Engines;

/// <summary>
/// Training with each augmentation and without: images per second, how long the computing thread waits for a batch, and peak memory. Peak memory is that of
/// a whole process, so each measurement runs in a process of its own.
/// </summary>
internal static class AugmentationBenchmark
{
    /// <summary>The options, for the help text.</summary>
    public const string Usage = "[--images DIR] [--variant atto] [--size 224] [--batch 16] [--threads N] [--loaders 2] [--seconds 12]";

    /// <summary>First word of the command line of the process of one measurement.</summary>
    public const string OneCommand = "augment-one";

    private const double MaxWaiting = 0.05;
    private const int WarmUpBatches = 4, PreparedBatches = 6;

    private static readonly (string Name, Func<TrainingOptions, TrainingOptions> Add)[] Augmentations =
    [
        ("none", options => options with { Crop = null, HorizontalFlip = 0 }),
        ("crop and flip", options => options),
        ("+ color jitter", options => options with { ColorJitter = new ColorJitter() }),
        ("+ RandAugment", options => options with { RandAugment = new RandAugment() }),
        ("+ random erasing", options => options with { RandomErasing = new RandomErasing() }),
        ("+ Mixup, CutMix", options => options with { Mixup = new Mixup() }),
        ("+ all but jitter", options => options with { RandAugment = new RandAugment(), RandomErasing = new RandomErasing(), Mixup = new Mixup() }),
    ];

    public static int Run(Arguments arguments)
    {
        string folder = Path.GetFullPath(arguments.Text("images") ?? NoiseImageFolder.Create());
        using var check = new BenchmarkChecks($"{arguments.Variant("atto")}, {arguments.Integer("size", 224)} pixels, batch {arguments.Integer("batch", 16)}, "
            + $"{arguments.Threads ?? Environment.ProcessorCount} threads compute, {arguments.Integer("loaders", 2)} load; images in {folder}");
        Console.WriteLine("augmentation       images/s  waits for data  peak memory  preparing an image, without decoding");
        string[] passedOn = [.. new[] { "variant", "size", "batch", "threads", "loaders", "seconds" }
            .Where(option => arguments.Text(option) is not null).SelectMany(option => new[] { $"--{option}", arguments.Text(option)! })];
        double longest = 0;
        foreach ((string name, _) in Augmentations)
        {
            string line = BenchmarkChecks.RunCommand([OneCommand, name, "--images", folder, .. passedOn]);
            double[] figures = [.. line.Split(' ').Select(figure => double.Parse(figure))];
            longest = Math.Max(longest, figures[1]);
            Console.WriteLine($"{name,-18} {figures[0],8:0.0} {figures[1],14:0.0 %} {figures[2] / 1e6,9:0} MB {figures[3],12:0.00} ms of one core");
        }
        string verdict = $"the computing thread waits at most {longest:0.0 %} of the time; the limit is {MaxWaiting:0 %}";
        check.Report(verdict, longest <= MaxWaiting);
        return check.Finish();
    }

    /// <summary>
    /// One measurement: prints images per second, the share of time spent waiting, peak bytes of this process and milliseconds to prepare an image.
    /// </summary>
    /// <param name="words">Name of the augmentation, then the options of the command.</param>
    public static int RunOne(string[] words)
    {
        var arguments = new Arguments(words.Skip(1));
        var source = new FolderImageSource(arguments.Text("images")!);
        TrainingOptions options = Augmentations.Single(augmentation => augmentation.Name == words[0]).Add(new TrainingOptions
        {
            BatchSize = arguments.Integer("batch", 16),
            Preprocessing = ImagePreprocessing.ForSize(arguments.Integer("size", 224)),
            Crop = new RandomResizedCrop(),
            LoaderThreads = arguments.Integer("loaders", 2),
            ComputeThreads = arguments.Threads ?? 0,
        });
        var augmentation = new TrainingAugmentation(options);
        BatchMixer? mixer = options.Mixup is { } mixup ? new BatchMixer(mixup, options.Preprocessing.Height, options.Preprocessing.Width, options.Seed) : null;
        (double rate, double waiting) = Train(arguments, options, source, augmentation, mixer);
        using Process self = Process.GetCurrentProcess();
        long peak = self.PeakWorkingSet64;
        Console.WriteLine($"{rate} {waiting} {peak} {MillisecondsPerImage(options, source, augmentation, mixer)}");
        return 0;
    }

    private static (double ImagesPerSecond, double Waiting) Train(
        Arguments arguments, TrainingOptions options, FolderImageSource source, TrainingAugmentation augmentation, BatchMixer? mixer)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("atto")) with { ClassCount = source.ClassCount };
        int batch = options.BatchSize, size = options.Preprocessing.Size;
        using var engine = new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = WeightInitializer.Create(config, options.Seed),
            BatchSize = batch,
            Height = size,
            Width = size,
            Threads = options.ComputeThreads,
            Rules = ParameterRules.Create(config, options.WeightDecay),
        });
        using var loader = new BatchLoader(
            int.MaxValue,
            batch,
            options.Preprocessing.Length,
            number => PlanOf(number, batch, source),
            Fill,
            options.LoaderThreads,
            options.BatchesAhead,
            mixer is null ? null : mixer.Mix);
        var targets = new float[batch * config.ClassCount];
        double duration = arguments.Integer("seconds", 12);
        long waiting = 0, began = 0;
        int trained = 0;
        for (int number = 0; began == 0 || Stopwatch.GetElapsedTime(began).TotalSeconds < duration; number++)
        {
            if (number == WarmUpBatches) (waiting, began, trained) = (0, Stopwatch.GetTimestamp(), 0);
            long asked = Stopwatch.GetTimestamp();
            LoadedBatch loaded = loader.Take(() => { });
            waiting += Stopwatch.GetTimestamp() - asked;
            int[] items = loaded.Plan!.Items;
            for (int i = 0; i < batch; i++)
            {
                int label = source.LabelOf(items[i]), partner = source.LabelOf(items[^(i + 1)]);
                SoftTargets.Mix(label, partner, loaded.Mix.Share, options.LabelSmoothing, targets.AsSpan(i * config.ClassCount, config.ClassCount));
            }
            engine.AccumulateGradients(new TrainingBatch { Images = loaded.Images, Targets = targets, Count = batch, Height = size, Width = size });
            engine.ApplyGradients(new OptimizerStep(1e-4));
            trained += batch;
        }
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return (trained / seconds, waiting / (double)Stopwatch.Frequency / seconds);

        void Fill(PlannedBatch plan, int item, Span<float> pixels)
        {
            using RgbImage image = source.Load(item);
            augmentation.Apply(image, plan.Epoch, item, pixels);
        }
    }

    private static double MillisecondsPerImage(TrainingOptions options, FolderImageSource source, TrainingAugmentation augmentation, BatchMixer? mixer)
    {
        int batch = options.BatchSize, length = options.Preprocessing.Length;
        var loaded = new LoadedBatch(batch * length);
        long preparing = 0;
        for (int number = 0; number < PreparedBatches; number++)
        {
            loaded.Begin(number, PlanOf(number, batch, source));
            for (int i = 0; i < batch; i++)
            {
                using RgbImage image = source.Load(loaded.Plan!.Items[i]);
                long began = Stopwatch.GetTimestamp();
                augmentation.Apply(image, number, loaded.Plan.Items[i], loaded.Images.AsSpan(i * length, length));
                preparing += Stopwatch.GetTimestamp() - began;
            }
            long mixing = Stopwatch.GetTimestamp();
            mixer?.Mix(loaded);
            preparing += Stopwatch.GetTimestamp() - mixing;
        }
        return preparing * 1e3 / Stopwatch.Frequency / (PreparedBatches * batch);
    }

    private static PlannedBatch PlanOf(int number, int batch, FolderImageSource source) =>
        new(number, IsValidation: false, [.. Enumerable.Range(0, batch).Select(position => (int)(((long)number * batch + position) * 37 % source.Count))]);
}
