namespace ConvNeXt.MLNet.Reporting;

/// <summary>The numbers and findings of a report, as they are in report.json. Shares and probabilities are from 0 to 1.</summary>
public sealed record ReportData
{
    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>How good the classifier is, in a sentence or two.</summary>
    public required string Verdict { get; init; }

    /// <summary>The number of evaluated images.</summary>
    public required int Images { get; init; }

    /// <summary>The number of those that are classified correctly.</summary>
    public required int Correct { get; init; }

    /// <summary>The share that is classified correctly.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The 95 % confidence interval of the accuracy: low and high end.</summary>
    public required IReadOnlyList<double> AccuracyInterval { get; init; }

    /// <summary>The mean recall of the classes.</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>The mean of -ln(probability of the right class).</summary>
    public required double LogLoss { get; init; }

    /// <summary>The expected calibration error.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>The most frequent class.</summary>
    public required string CommonestClass { get; init; }

    /// <summary>The accuracy of always saying the most frequent class.</summary>
    public required double CommonestClassAccuracy { get; init; }

    /// <summary>The classes, in the order of the model.</summary>
    public required IReadOnlyList<ReportClass> Classes { get; init; }

    /// <summary>The number of images at [actual class][predicted class].</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Confusion { get; init; }

    /// <summary>The images by the probability of the predicted class.</summary>
    public required IReadOnlyList<ReportCalibration> Calibration { get; init; }

    /// <summary>What happens if the classifier says "unsure" below a probability.</summary>
    public required IReadOnlyList<ReportCoverage> Coverage { get; init; }

    /// <summary>The evaluated images that could be read.</summary>
    public required IReadOnlyList<ReportPicture> Pictures { get; init; }

    /// <summary>The mistakes, the most confident ones first; indices into <see cref="Pictures"/>.</summary>
    public required IReadOnlyList<int> Mistakes { get; init; }

    /// <summary>Images that cannot be read, and other findings of the check of the data.</summary>
    public required IReadOnlyList<ReportFinding> Findings { get; init; }

    /// <summary>Whether the data was checked for duplicates, odd pictures and label errors.</summary>
    public required bool IsDataChecked { get; init; }

    /// <summary>The epochs of the training; empty if they are not known.</summary>
    public required IReadOnlyList<ReportEpoch> Epochs { get; init; }

    /// <summary>Names and values: options, versions, license.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; }
}

/// <summary>How good a classifier is on one class.</summary>
/// <param name="Label">The label.</param>
/// <param name="Images">The number of images of the class.</param>
/// <param name="Recall">The share of the images of the class that are recognized; null if there are none.</param>
/// <param name="RecallInterval">Its 95 % confidence interval: low and high end.</param>
/// <param name="Precision">The share of the images predicted to be of the class that are of it; null if there are none.</param>
public sealed record ReportClass(string Label, int Images, double? Recall, IReadOnlyList<double> RecallInterval, double? Precision);

/// <summary>Images that were predicted with about the same probability.</summary>
/// <param name="Images">The number of images.</param>
/// <param name="Probability">The mean probability of the predicted class.</param>
/// <param name="Accuracy">The share that is classified correctly.</param>
public sealed record ReportCalibration(int Images, double Probability, double Accuracy);

/// <summary>The effect of a threshold below which the classifier says "unsure".</summary>
/// <param name="Threshold">The least probability of an answer.</param>
/// <param name="Coverage">The share of the images with an answer.</param>
/// <param name="Accuracy">The share of the answers that are right, or null if there are no answers.</param>
public sealed record ReportCoverage(double Threshold, double Coverage, double? Accuracy);

/// <summary>An evaluated picture.</summary>
/// <param name="File">The path of the file.</param>
/// <param name="Label">The index of its label.</param>
/// <param name="Predicted">The index of the most likely class.</param>
/// <param name="Probability">The probability of that class.</param>
/// <param name="LabelProbability">The probability of the label.</param>
public sealed record ReportPicture(string File, int Label, int Predicted, double Probability, double LabelProbability);

/// <summary>A finding about the data: a reason to look, not a proof.</summary>
/// <param name="Kind">What was found.</param>
/// <param name="Files">The files that it is about.</param>
/// <param name="Text">What was found, in words.</param>
public sealed record ReportFinding(ReportFindingKind Kind, IReadOnlyList<string> Files, string Text);

/// <summary>Kinds of findings.</summary>
public enum ReportFindingKind
{
    /// <summary>The label is probably wrong.</summary>
    LabelError,

    /// <summary>The same picture is in several parts of the data, such as train and test.</summary>
    Leak,

    /// <summary>The same picture is in several files.</summary>
    Duplicate,

    /// <summary>The file cannot be read.</summary>
    Unreadable,

    /// <summary>The picture is unlike the others.</summary>
    Odd,
}

/// <summary>An epoch of the training; null for what was not measured.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainLoss">The loss on the training images.</param>
/// <param name="TrainAccuracy">The accuracy on the training images.</param>
/// <param name="ValidationLoss">The loss on the validation images.</param>
/// <param name="ValidationAccuracy">The accuracy on the validation images.</param>
public sealed record ReportEpoch(int Epoch, double? TrainLoss, double? TrainAccuracy, double? ValidationLoss, double? ValidationAccuracy);
