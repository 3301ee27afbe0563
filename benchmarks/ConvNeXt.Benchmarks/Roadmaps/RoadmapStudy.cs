using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Benchmarks.Ablation;
using TorchSharp;

namespace ConvNeXt.Benchmarks.Roadmaps;

/// <summary>
/// Walks from a ResNet to a ConvNeXt on folders of labeled pictures: every step is trained from scratch by the same recipe, on the same folds, with the same
/// seeds. Runs are kept in a file and have a checkpoint, so that a study that was interrupted is continued, and later ones add to it.
/// </summary>
internal sealed class RoadmapStudy
{
    public const string Usage =
        "--images DIR1 DIR2 ... " + RoadmapSettings.Usage
        + " [--only-folds 0,1] [--seeds 1,2,3] [--steps KEY,...] [--threads N] [--runs roadmap.csv] [--page roadmap.html] [--train no]";

    private const int MinutesBetweenCheckpoints = 5;

    private readonly RoadmapSettings _settings;
    private readonly RunFile _done;

    private RoadmapStudy(RoadmapSettings settings, RunFile done) => (_settings, _done) = (settings, done);

    public static int Run(Arguments arguments)
    {
        string[] folders = arguments.Texts("images", "");
        if (folders is [""]) throw new BenchmarkException("roadmap takes --images DIR..., folders with one subfolder of images per class.");
        var study = new RoadmapStudy(RoadmapSettings.Of(arguments), new RunFile(arguments.Text("runs") ?? "roadmap.csv", RoadmapRun.Header));
        int[] seeds = arguments.Integers("seeds", "1,2,3");
        string[]? keys = arguments.Text("steps")?.Split(',');
        DecodedImageSet[] sets = [.. folders.Select(DecodedImageSet.Read)];
        foreach (DecodedImageSet set in sets) study.CheckKeys(set, keys);
        if (arguments.Threads is { } threads) torch.set_num_threads(threads);
        if (arguments.Text("train") != "no")
        {
            int[] folds = arguments.Folds(study._settings.Folds);
            foreach (DecodedImageSet set in sets) study.Train(set, seeds, folds, keys);
        }

        RoadmapResult[] results = [.. sets.Select(study.Summarize)];
        foreach (RoadmapResult result in results) Console.WriteLine(result.ToTable());
        string page = arguments.Text("page") ?? "roadmap.html";
        RoadmapPage.Write(page, results);
        Console.WriteLine(page);
        return 0;
    }

    private RoadmapResult Summarize(DecodedImageSet set) => RoadmapResult.Of(set.Name, _settings, _settings.Steps(set.Classes.Count), _done.Lines);

    private void CheckKeys(DecodedImageSet set, string[]? keys)
    {
        string[] known = [.. _settings.Steps(set.Classes.Count).Select(step => step.Key)];
        if (keys?.FirstOrDefault(key => !known.Contains(key)) is { } unknown)
            throw new BenchmarkException($"There is no step '{unknown}'. The steps are {string.Join(", ", known)}.");
    }

    // The steps are the inner loop, so that an unfinished study has all of them for some folds.
    private void Train(DecodedImageSet set, int[] seeds, int[] folds, string[]? keys)
    {
        RoadmapStep[] steps = [.. _settings.Steps(set.Classes.Count).Where(step => keys is null || keys.Contains(step.Key))];
        foreach (var (seed, fold, step) in from seed in seeds from fold in folds from step in steps select (seed, fold, step))
        {
            string key = RoadmapRun.KeyOf(set.Name, _settings, step.Key, seed, fold);
            if (_done.Has(key)) continue;
            string line = Train(set, step, seed, fold).ToLine(key);
            _done.Add(line);
            Console.WriteLine(line);
        }
    }

    private RoadmapRun Train(DecodedImageSet set, RoadmapStep step, int seed, int fold)
    {
        int[] folds = StratifiedFolds.Assign([.. set.Labels], _settings.Folds, seed);
        string checkpoint = $"{_done.Path}.{set.Name}-{step.Key}-{seed}-{fold}";
        var session = new TrainingSession(
            step.Network, null, _settings.Options(seed), set.Where(item => folds[item] != fold), set.Where(item => folds[item] == fold),
            settings => new TorchTrainingEngine(settings, new DeviceOptions { SelfCheck = false }))
        {
            Checkpoints = new CheckpointOptions { Folder = checkpoint, EveryMinutes = MinutesBetweenCheckpoints, Resume = true },
        };
        TrainingResult result = session.Run();
        Directory.Delete(checkpoint, recursive: true);
        EpochMetrics last = result.Epochs[^1];
        double imagesPerSecond = Repetition.Median(result.Epochs.Select(epoch => epoch.ImagesPerSecond));
        return new RoadmapRun(step.Key, seed, fold, last.Validation!.MicroAccuracy, last.TrainAccuracy, imagesPerSecond);
    }
}
