using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.DataSets;
using ConvNeXt.MLNet.Training;
using static System.FormattableString;

namespace ConvNeXt.Cli.Training;

/// <summary>The images of a run: those to train on, those held out, and those of the part test. Images that cannot be read are left out.</summary>
/// <param name="Report">What the check found.</param>
/// <param name="Training">To train on.</param>
/// <param name="HeldOut">The part val, or a tenth of each class; empty if there are too few.</param>
/// <param name="Test">The images of the test folder; empty if the data has no test folder.</param>
internal sealed record TrainingImages(
    ImageDataReport Report, IReadOnlyList<LabeledImage> Training, IReadOnlyList<LabeledImage> HeldOut, IReadOnlyList<LabeledImage> Test)
{
    private const float HeldOutFraction = 0.1f;
    private const int ShownFindings = 5;

    /// <summary>The images that the model is not trained on and that say most about it: the part test, or those that are held out.</summary>
    public IReadOnlyList<LabeledImage> Unseen => Test.Count > 0 ? Test : HeldOut;

    /// <summary>Opens and checks the images, and tells what was found.</summary>
    /// <exception cref="DataUnusableException">The images cannot be used.</exception>
    public static TrainingImages Open(ToolConsole console, TrainRequest request, CancellationToken cancellation)
    {
        ImageDataSet set = DataFolder.Open(request.Data);
        ImageDataReport report;
        using (var progress = new LiveCount(console, "check")) report = ImageDataCheck.Scan(set, progress.Report, cancellation);
        foreach (string line in DataFindings.DescribeCounts(report)) console.Tell(line);
        Warn(console, "Images that cannot be read and are left out", [.. report.Unreadable.Select(file => file.Reason)]);
        Warn(console, "Pictures that are in several files", [.. report.ExactDuplicates.Select(List)]);
        Warn(console, "Pictures that have several labels", [.. report.ExactDuplicates.Where(copies => copies.HaveSeveralLabels).Select(List)]);
        Warn(console, "Pictures that are in several parts of the data, so that the accuracy is too good", [.. report.Leaks.Select(List)]);

        IReadOnlyList<LabeledImage> all = report.ReadableImages(set.Training);
        CheckClasses(all, set.Labels, request.Data);
        IReadOnlyList<LabeledImage> test = set.Test is { } part ? report.ReadableImages(part) : [];
        if (set.Validation is { } validation) return new TrainingImages(report, all, report.ReadableImages(validation), test);
        int[] labels = [.. all.Select(image => set.Labels.Index().First(label => label.Item == image.Label).Index)];
        (int[] training, int[] heldOut) = StratifiedSplit.Create(labels, HeldOutFraction, request.Seed ?? TrainRequest.DefaultSeed);
        return new TrainingImages(report, [.. training.Select(i => all[i])], [.. heldOut.Select(i => all[i])], test);
    }

    private static void CheckClasses(IReadOnlyList<LabeledImage> images, IReadOnlyList<string> labels, string folder)
    {
        string[] empty = [.. labels.Except(images.Select(image => image.Label))];
        if (empty.Length > 0)
            throw new DataUnusableException($"None of the images of {string.Join(", ", empty.Select(label => $"'{label}'"))} in '{folder}' can be read.");
    }

    private static string List(ImageCopies copies) => string.Join(", ", copies.Files.Select(file => file.Path));

    private static void Warn(ToolConsole console, string what, string[] findings)
    {
        if (findings.Length == 0) return;
        console.Warn(Invariant($"{what}: {findings.Length}"));
        foreach (string finding in findings.Take(ShownFindings)) console.Warn($"  {finding}");
        if (findings.Length > ShownFindings) console.Warn("  ...; 'convnext check' lists all.");
    }
}
