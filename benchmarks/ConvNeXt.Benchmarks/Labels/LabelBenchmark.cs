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
    public const string Usage = "--images DIR1 DIR2 ... [--seeds 1,2,3] [--percent 5] [--compare no]";

    private const double FoldPenalty = 3;

    private delegate IEnumerable<int> Ranking(int[] labels, int classes);

    public static int Run(Arguments arguments)
    {
        string folders = arguments.Text("images") ?? throw new ArgumentException("--images is missing: folders with a subfolder for each class.");
        int[] seeds = arguments.Integers("seeds", "1,2,3");
        int percent = arguments.Integer("percent", 5);
        bool compares = arguments.Text("compare") == "yes";
        string drawn = Invariant($"{seeds.Length} seeds from {seeds[0]}");
        Console.WriteLine(Invariant($"Exchanged labels, {percent} % of each set, that are among the first suspects, twice as many; {drawn}"));
        Console.WriteLine(Invariant($"By chance, {2 * percent / 100.0:0.00} of them are."));
        foreach (string folder in folders.Split(','))
        {
            var set = new TransferSet(folder);
            string[] paths = [.. Enumerable.Range(0, set.Count).Select(item => set[item].ImagePath)];
            ImageFeatures features = ImageFeatures.Compute(paths, null, CancellationToken.None);
            Print("as convnext check", (labels, classes) => LabelErrors.Rank(features, labels, classes));
            if (!compares)
            {
                Print("logistic regression, folds", (labels, classes) => RankByFolds(features.Plain, labels, classes));
                continue;
            }
            foreach (var (name, chosen) in Compared(features))
                foreach (double penalty in (double[])[0.25, 0.5, 1, 2])
                    Print(Invariant($"{name}, penalty {penalty}"), (labels, classes) => LabelErrors.Rank(chosen, labels, classes, penalty));

            void Print(string way, Ranking rank)
            {
                (int found, int exchanged) = Count(set, seeds, percent, rank);
                Console.WriteLine(Invariant($"{set.Name,-10}  {way,-44}  {found,4} of {exchanged,4}  {found / (double)exchanged:0.000}"));
            }
        }
        return 0;
    }

    private static (int Found, int Exchanged) Count(TransferSet set, int[] seeds, int percent, Ranking rank)
    {
        int exchanged = 0, found = 0;
        foreach (int seed in seeds)
        {
            (int[] labels, HashSet<int> wrong) = Exchange(set, seed, percent);
            exchanged += wrong.Count;
            found += rank(labels, set.Classes.Length).Take(2 * wrong.Count).Count(wrong.Contains);
        }
        return (found, exchanged);
    }

    /// <summary>Features that say less: of one view, pooled only, and without the statistics of the second stage.</summary>
    private static IEnumerable<(string Name, ImageFeatures Features)> Compared(ImageFeatures all)
    {
        int pooled = all.Blocks[0], ofEarly = all.Blocks[1] + all.Blocks[2];
        yield return ("pooled, one view", all with { Averaged = all.Plain, Blocks = [pooled] });
        yield return ("pooled", all with { Averaged = [.. all.Averaged.Select(values => values[..pooled])], Blocks = [pooled] });
        yield return ("pooled and stage 3", all with
        {
            Averaged = [.. all.Averaged.Select(values => (float[])[.. values[..pooled], .. values[(pooled + ofEarly)..]])],
            Blocks = [pooled, .. all.Blocks[3..]],
        });
        yield return ("pooled, stages 2 and 3", all);
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
