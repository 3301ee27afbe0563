using ConvNeXt.MLNet.DataSets;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Reporting;

/// <summary>The findings of the check of a folder of images, as the report lists them.</summary>
internal static class DataFindings
{
    public static IReadOnlyList<ReportFinding> Find(string folder, Action<int, int>? progress, CancellationToken cancellation)
    {
        ImageDataReport report = ImageDataCheck.Run(ImageDataSet.Open(folder), progress, cancellation);
        IEnumerable<ImageCopies> similar = report.NearDuplicates.Select(pair => new ImageCopies([pair.First, pair.Second]));
        return
        [
            .. report.LabelSuspects.Select(suspect => new ReportFinding(
                ReportFindingKind.LabelError,
                [suspect.Image.Path],
                Describe(suspect))),
            .. report.Leaks.Select(copies => Describe(ReportFindingKind.Leak, copies, "In " + ListParts(copies))),
            .. report.ExactDuplicates.Where(copies => !copies.AreInSeveralParts).Select(copies => Describe(ReportFindingKind.Duplicate, copies, "Equal files")),
            .. similar.Where(copies => !copies.AreInSeveralParts).Select(copies => Describe(ReportFindingKind.Duplicate, copies, "The same photo, changed")),
            .. report.Unreadable.Select(file => new ReportFinding(ReportFindingKind.Unreadable, [file.Path], file.Reason)),
            .. report.Odd.Select(odd => new ReportFinding(ReportFindingKind.Odd, [odd.Image.Path], odd.Reason)),
        ];
    }

    private static string ListParts(ImageCopies copies) => string.Join(" and ", copies.Files.Select(file => file.Part).Distinct());

    private static string Describe(LabelSuspect suspect)
    {
        string labeled = Invariant($"{suspect.Image.Label} ({100 * suspect.LabelProbability:0} %)");
        return Invariant($"Labeled {labeled}, rather {suspect.SuggestedLabel} ({100 * suspect.SuggestedProbability:0} %)");
    }

    private static ReportFinding Describe(ReportFindingKind kind, ImageCopies copies, string text) =>
        new(kind, [.. copies.Files.Select(file => file.Path)], text + (copies.HaveSeveralLabels ? ", with different labels" : ""));
}
