using System.Globalization;

namespace ConvNeXt.Benchmarks.Roadmaps;

/// <summary>A finished run of a step.</summary>
/// <param name="Step">Key of the step.</param>
/// <param name="Seed">Seed of folds and training.</param>
/// <param name="Fold">The fold that was not trained on.</param>
/// <param name="Accuracy">Accuracy on that fold after the last epoch.</param>
/// <param name="TrainAccuracy">Accuracy on the augmented training images of the last epoch.</param>
/// <param name="ImagesPerSecond">Training images a second, the median of the epochs.</param>
internal sealed record RoadmapRun(string Step, int Seed, int Fold, double Accuracy, double TrainAccuracy, double ImagesPerSecond)
{
    public const string Header = "set,regime,divisor,side,epochs,folds,step,seed,fold,accuracy,train_accuracy,images_per_second";

    private const int StepColumn = 6;

    /// <summary>How the line of a run begins.</summary>
    public static string KeyOf(string set, RoadmapSettings settings, string step, int seed, int fold) =>
        FormattableString.Invariant($"{set},{settings.Key}{step},{seed},{fold},");

    /// <summary>The runs of a study among the lines of a file.</summary>
    public static IEnumerable<RoadmapRun> Of(string set, RoadmapSettings settings, IEnumerable<string> lines) =>
        from line in lines
        where line.StartsWith($"{set},{settings.Key}", StringComparison.Ordinal)
        let words = line.Split(',')
        select new RoadmapRun(words[StepColumn], Integer(words[7]), Integer(words[8]), Number(words[9]), Number(words[10]), Number(words[11]));

    /// <summary>The line of this run.</summary>
    public string ToLine(string key) => FormattableString.Invariant($"{key}{Accuracy:0.0000},{TrainAccuracy:0.0000},{ImagesPerSecond:0.0}");

    private static int Integer(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
}
