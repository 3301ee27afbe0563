using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;

namespace QuickStart;

/// <summary>Prints the metrics of a trained model on held-out images.</summary>
internal static class Report
{
    private const int TopK = 3;

    /// <summary>Evaluates the model and prints accuracy, top-k accuracy, recall per label and the confusion table.</summary>
    public static MulticlassClassificationMetrics Print(MLContext ml, IDataView scored)
    {
        string[] labels = LabelNames(scored.Schema);
        int k = Math.Min(TopK, labels.Length);
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(scored, topKPredictionCount: k);

        AnsiConsole.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
        var table = new Table { Border = TableBorder.Simple }.AddColumn("label").AddColumn(new TableColumn("held-out images").RightAligned())
            .AddColumn(new TableColumn("top 1").RightAligned()).AddColumn(new TableColumn($"top {k}").RightAligned());
        int[] inTopK = TopKByLabel(ml, scored, labels.Length, k);
        for (int label = 0; label < labels.Length; label++)
        {
            IReadOnlyList<double> row = metrics.ConfusionMatrix.Counts[label];
            double count = row.Sum();
            table.AddRow(Markup.Escape(labels[label]), $"{count:0}", Share(row[label], count), Share(inTopK[label], count));
        }
        AnsiConsole.Write(table);
        IReadOnlyList<double> topK = metrics.TopKAccuracyForAllK;
        AnsiConsole.WriteLine($"held out: accuracy {metrics.MicroAccuracy:0.000}, macro accuracy {metrics.MacroAccuracy:0.000}, log-loss {metrics.LogLoss:0.000}, "
            + string.Join(", ", Enumerable.Range(1, topK.Count).Select(n => $"top {n} {topK[n - 1]:0.000}")));
        return metrics;
    }

    private static string[] LabelNames(DataViewSchema schema)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Score"].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static int[] TopKByLabel(MLContext ml, IDataView scored, int classes, int k)
    {
        var hits = new int[classes];
        foreach (ScoredRow row in ml.Data.CreateEnumerable<ScoredRow>(scored, reuseRowObject: true))
        {
            if (row.Label == 0) continue;
            int label = (int)row.Label - 1;
            float score = row.Score[label];
            if (row.Score.Count(other => other > score) < k) hits[label]++;
        }
        return hits;
    }

    private static string Share(double part, double whole) => whole == 0 ? "-" : (part / whole).ToString("0.000");

    private sealed class ScoredRow
    {
        /// <summary>The one-based key of the label; 0 if it is missing.</summary>
        public uint Label { get; set; }

        public float[] Score { get; set; } = [];
    }
}
