namespace ConvNeXt.MLNet.DataSets;

/// <summary>What <see cref="ImageDataCheck"/> found in a data set. A finding is a reason to look, not a proof.</summary>
internal sealed record ImageDataReport
{
    /// <summary>The data set.</summary>
    public required ImageDataSet DataSet { get; init; }

    /// <summary>The number of images of all parts, including those that cannot be read.</summary>
    public required int Images { get; init; }

    /// <summary>The images that cannot be read, and why.</summary>
    public required IReadOnlyList<SkippedPath> Unreadable { get; init; }

    /// <summary>Files with equal contents.</summary>
    public required IReadOnlyList<ImageCopies> ExactDuplicates { get; init; }

    /// <summary>Pairs of pictures that show the same photo: compressed again, brighter or darker, mirrored, or cut out. Most similar first.</summary>
    public IReadOnlyList<SimilarImages> NearDuplicates { get; init; } = [];

    /// <summary>Pictures that differ from all others, or hardly show anything.</summary>
    public IReadOnlyList<OddImage> Odd { get; init; } = [];

    /// <summary>Images whose label is probably wrong, most doubtful first.</summary>
    public IReadOnlyList<LabelSuspect> LabelSuspects { get; init; } = [];

    /// <summary>The same picture, or nearly, in two parts of the data set, so that the accuracy on one of them is too good.</summary>
    public IEnumerable<ImageCopies> Leaks =>
        ExactDuplicates.Concat(NearDuplicates.Select(pair => new ImageCopies([pair.First, pair.Second]))).Where(copies => copies.AreInSeveralParts);

    /// <summary>Returns the images of a part without those that cannot be read.</summary>
    /// <param name="part">The part.</param>
    public IReadOnlyList<LabeledImage> ReadableImages(ImageDataPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        var unreadable = Unreadable.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return [.. part.Images.Where(image => !unreadable.Contains(image.ImagePath))];
    }
}

/// <summary>An image of a data set.</summary>
/// <param name="Path">The path of the file.</param>
/// <param name="Label">The label.</param>
/// <param name="Part">The name of the part; empty if the data set has no parts.</param>
internal sealed record DataSetImage(string Path, string Label, string Part);

/// <summary>Files with the same picture.</summary>
/// <param name="Files">The files, at least two.</param>
internal sealed record ImageCopies(IReadOnlyList<DataSetImage> Files)
{
    /// <summary>Whether the copies have different labels: at least one of them is wrong.</summary>
    public bool HaveSeveralLabels => Files.Any(file => file.Label != Files[0].Label);

    /// <summary>Whether the copies are in different parts of the data set, such as train and test.</summary>
    public bool AreInSeveralParts => Files.Any(file => file.Part != Files[0].Part);
}

/// <summary>Two files that show the same photo.</summary>
/// <param name="First">A file.</param>
/// <param name="Second">Another file.</param>
/// <param name="Similarity">The correlation of their pixels where they overlap, at most 1.</param>
internal sealed record SimilarImages(DataSetImage First, DataSetImage Second, double Similarity);

/// <summary>A picture to look at.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Reason">What is odd about it.</param>
internal sealed record OddImage(DataSetImage Image, string Reason);

/// <summary>An image whose label is probably wrong.</summary>
/// <param name="Image">The image with the label that it has.</param>
/// <param name="LabelProbability">The probability of that label, by a classifier that was trained without the image.</param>
/// <param name="SuggestedLabel">The most likely label.</param>
/// <param name="SuggestedProbability">Its probability.</param>
internal sealed record LabelSuspect(DataSetImage Image, double LabelProbability, string SuggestedLabel, double SuggestedProbability);
