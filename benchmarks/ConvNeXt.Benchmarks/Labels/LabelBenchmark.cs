using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Benchmarks.Transfer;
using ConvNeXt.MLNet.DataSets;
using static System.FormattableString;

namespace ConvNeXt.Benchmarks.Labels;

/// <summary>
/// How well wrong labels are found: a share of the labels of real photos is exchanged for others, and counted is how many of them are among the most doubtful,
/// twice as many as were exchanged. Beside it the way before: folds of a logistic regression on one view of each photo.
/// </summary>
internal static class LabelBenchmark
{
    public const string Usage = "--images DIR1 DIR2 ... [--seeds 1,2,3] [--percent 5]";

    private const double FoldPenalty = 3;

    public static int Run(Arguments arguments)
    {
        string folders = arguments.Text("images") ?? throw new ArgumentException("--images is missing: folders with a subfolder for each class.");
        int[] seeds = arguments.Integers("seeds", "1,2,3");
        int percent = arguments.Integer("percent", 5);
        string drawn = string.Join(", ", seeds);
        Console.WriteLine(Invariant($"Exchanged labels, {percent} % of each set, that are among the first suspects, twice as many; seeds {drawn}"));
        Console.WriteLine($"{"set",-12}  {"exchanged",9}  {"found",5}  {"recall",6}  {"with folds",10}  {"by chance",9}");
        double sum = 0, sumWithFolds = 0;
        foreach (string folder in folders.Split(','))
        {
            var set = new TransferSet(folder);
            string[] paths = [.. Enumerable.Range(0, set.Count).Select(item => set[item].ImagePath)];
            ImageFeatures features = ImageFeatures.Compute(paths, null, CancellationToken.None);
            int exchanged = 0, found = 0, withFolds = 0;
            foreach (int seed in seeds)
            {
                (int[] labels, HashSet<int> wrong) = Exchange(set, seed, percent);
                exchanged += wrong.Count;
                found += LabelErrors.Rank(features.Averaged, labels, set.Classes.Length).Take(2 * wrong.Count).Count(wrong.Contains);
                withFolds += RankByFolds(features.Plain, labels, set.Classes.Length).Take(2 * wrong.Count).Count(wrong.Contains);
            }
            double recall = found / (double)exchanged, recallWithFolds = withFolds / (double)exchanged, chance = 2 * percent / 100.0;
            (sum, sumWithFolds) = (sum + recall, sumWithFolds + recallWithFolds);
            Console.WriteLine(Invariant($"{set.Name,-12}  {exchanged,9}  {found,5}  {recall,6:0.00}  {recallWithFolds,10:0.00}  {chance,9:0.00}"));
        }
        int sets = folders.Split(',').Length;
        Console.WriteLine(Invariant($"{"mean",-12}  {"",9}  {"",5}  {sum / sets,6:0.00}  {sumWithFolds / sets,10:0.00}"));
        return 0;
    }

    private static (int[] Labels, HashSet<int> Wrong) Exchange(TransferSet set, int seed, int percent)
    {
        var random = new Random(seed);
        int[] labels = [.. Enumerable.Range(0, set.Count).Select(set.LabelOf)], order = [.. Enumerable.Range(0, set.Count)];
        random.Shuffle(order);
        int[] wrong = order[..(int)Math.Round(percent / 100.0 * set.Count)];
        foreach (int item in wrong)
        {
            int other = random.Next(set.Classes.Length - 1);
            labels[item] = other >= labels[item] ? other + 1 : other;
        }
        return (labels, [.. wrong]);
    }

    private static IEnumerable<int> RankByFolds(float[][] features, int[] labels, int classes)
    {
        double[][] probabilities = FoldPredictions.Compute(features, labels, classes, FoldPenalty, seed: 1);
        double[] usual = [.. Enumerable.Range(0, classes).Select(label => probabilities.Where((_, i) => labels[i] == label).Average(scores => scores[label]))];
        return Enumerable.Range(0, labels.Length).OrderByDescending(i =>
        {
            double[] relative = [.. probabilities[i].Select((score, label) => score / usual[label])];
            return relative.Where((_, label) => label != labels[i]).Max() - relative[labels[i]];
        });
    }
}
