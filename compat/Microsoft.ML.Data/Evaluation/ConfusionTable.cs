using System.Text;

namespace Microsoft.ML.Data;

/// <summary>
/// A confusion matrix as text: a row per true class, a column per predicted class. Names that are too long for a column head are numbered
/// there, and the row labels carry the numbers.
/// </summary>
internal static class ConfusionTable
{
    private const string TruthHead = "TRUTH     ";
    private const string PredictedHead = "PREDICTED ";
    private const string PrecisionHead = "Precision ";

    public static string Format(IReadOnlyList<string> names, ConfusionMatrix matrix)
    {
        bool two = names.Count <= 2;
        int width = names.Count == 2 ? 8 : 5;
        int longest = names.Max(name => name.Length);
        bool numbered = longest > width;
        int digits = (names.Count - 1).ToString().Length;
        int labelWidth = Math.Max(PredictedHead.Length - 1, numbered ? longest + digits + 2 : longest);
        string pad = new(' ', labelWidth - (PredictedHead.Length - 1));
        string rule = new('=', (two ? 11 : 8) * names.Count);

        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine("Confusion table");
        text.AppendLine($"{new string(' ', PredictedHead.Length)}{pad}||{rule}");
        text.Append($"{PredictedHead}{pad}||");
        for (int i = 0; i < names.Count; i++)
            text.Append($" {(numbered ? i.ToString() : names[i]).PadLeft(width)} |");
        text.AppendLine(" Recall");
        text.AppendLine($"{TruthHead}{pad}||{rule}");
        for (int truth = 0; truth < names.Count; truth++)
        {
            string label = numbered ? $"{truth.ToString().PadLeft(digits)}. {names[truth].PadLeft(labelWidth - digits - 2)}" : names[truth].PadLeft(labelWidth);
            text.Append($"{label} ||");
            foreach (double count in matrix.Counts[truth])
                text.Append($" {count.ToString("N0").PadLeft(width)} |");
            text.AppendLine($" {matrix.PerClassRecall[truth],5:F4}");
        }

        text.AppendLine($"{new string(' ', PredictedHead.Length)}{pad}||{rule}");
        text.Append($"{PrecisionHead}{pad}||");
        foreach (double precision in matrix.PerClassPrecision)
            text.Append($"{precision.ToString("N4").PadLeft(width + 1)} |");
        text.AppendLine();
        return text.ToString();
    }
}
