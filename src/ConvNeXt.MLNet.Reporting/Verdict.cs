using ConvNeXt.MLNet.Evaluation;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Reporting;

/// <summary>How good a classifier is, in words.</summary>
internal static class Verdict
{
    /// <summary>Returns the verdict, such as "93 of 100 unseen pictures right (95 %: 86 to 97); worst: tulips (7 of 10)."</summary>
    /// <param name="report">The evaluation.</param>
    /// <param name="areUnseen">Whether the images are known not to have been trained on.</param>
    public static string Describe(ClassificationReport report, bool areUnseen)
    {
        int right = report.Classes.Sum(label => label.Correct);
        string unit = report.Images == 100 ? "" : " %";
        string interval = Invariant($"95 % interval: {100 * report.AccuracyInterval.Low:0} to {100 * report.AccuracyInterval.High:0}{unit}");
        ClassReport worst = report.Classes.Where(label => label.Images > 0).MinBy(label => label.Recall)!;
        string weakest = worst.Correct == worst.Images ? "" : Invariant($"; worst: {worst.Label} ({worst.Correct} of {worst.Images})");
        string baseline = report.AccuracyInterval.Low > report.CommonestClassAccuracy
            ? ""
            : $" That is not clearly better than always saying '{report.CommonestClass.Label}'.";
        return Invariant($"{right} of {report.Images} {(areUnseen ? "unseen " : "")}pictures right ({interval}){weakest}.{baseline}");
    }
}
