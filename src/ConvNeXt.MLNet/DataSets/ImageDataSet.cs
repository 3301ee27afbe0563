using ConvNeXt.MLNet.Images;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>
/// A folder of labeled images: either class folders, or the parts of a data set (train, and val or test, or both) that contain class folders.
/// </summary>
internal sealed class ImageDataSet
{
    private ImageDataSet(string folder, ImageDataPart training, ImageDataPart? validation, ImageDataPart? test, IReadOnlyList<SkippedPath> skipped) =>
        (Folder, Training, Validation, Test, Skipped) = (folder, training, validation, test, skipped);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The images to train on: those of the part train, or all images if there are no parts.</summary>
    public ImageDataPart Training { get; }

    /// <summary>The images of the val folder; null if the data has no val folder.</summary>
    public ImageDataPart? Validation { get; }

    /// <summary>The images of the test folder; null if the data has no test folder.</summary>
    public ImageDataPart? Test { get; }

    /// <summary>All parts that exist, the training part first.</summary>
    public IEnumerable<ImageDataPart> Parts => new[] { Training, Validation, Test }.OfType<ImageDataPart>();

    /// <summary>The files and folders that were left out, and why.</summary>
    public IReadOnlyList<SkippedPath> Skipped { get; }

    /// <summary>The labels, sorted by name (ordinal).</summary>
    public IReadOnlyList<string> Labels => [.. Training.Images.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Lists the images of a folder. No image is read.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The folder, or a part, has no images in class folders or only one class (<see cref="ImageFolder"/> lists all reasons), or a part has a class that the
    /// part train does not have.
    /// </exception>
    public static ImageDataSet Open(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (FindPart(folder, ImageFolder.TrainingNames) is not { } training || !HasOnlyParts(folder)) return OpenClasses(folder);
        var skipped = new List<SkippedPath>();
        ImageDataPart train = OpenPart(training, skipped);
        ImageDataPart? validation = FindPart(folder, ImageFolder.ValidationNames) is { } val ? OpenPart(val, skipped) : null;
        ImageDataPart? test = FindPart(folder, ImageFolder.TestNames) is { } last ? OpenPart(last, skipped) : null;
        var set = new ImageDataSet(folder, train, validation, test, skipped);
        foreach (ImageDataPart part in set.Parts) CheckLabels(part, set.Labels);
        return set;
    }

    private static ImageDataSet OpenClasses(string folder)
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder, out IReadOnlyList<SkippedPath> skipped);
        return new ImageDataSet(folder, new ImageDataPart("", images), null, null, skipped);
    }

    private static ImageDataPart OpenPart(string folder, List<SkippedPath> skipped)
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder, out IReadOnlyList<SkippedPath> left);
        skipped.AddRange(left);
        return new ImageDataPart(Path.GetFileName(folder), images);
    }

    private static string? FindPart(string folder, string[] names) => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).FirstOrDefault(path => IsOneOf(path, names))
        : null;

    // A folder named "train" beside "car" and "bus" is a class.
    private static bool HasOnlyParts(string folder) => Directory.EnumerateDirectories(folder)
        .Where(path => !Path.GetFileName(path).StartsWith('.'))
        .All(path => IsOneOf(path, [.. ImageFolder.TrainingNames, .. ImageFolder.ValidationNames, .. ImageFolder.TestNames]));

    private static bool IsOneOf(string path, string[] names) => names.Contains(Path.GetFileName(path), StringComparer.OrdinalIgnoreCase);

    private static void CheckLabels(ImageDataPart part, IReadOnlyList<string> labels)
    {
        string[] unknown = [.. part.Images.Select(image => image.Label).Distinct().Except(labels)];
        if (unknown.Length > 0)
            throw new InvalidDataException($"The part '{part.Name}' has classes that are not in the part for training: {ColumnErrors.List(unknown)}.");
    }
}

/// <summary>One part of a data set.</summary>
/// <param name="Name">The name of its folder, such as "train"; empty if the data set has no parts.</param>
/// <param name="Images">The images, sorted by class and name.</param>
internal sealed record ImageDataPart(string Name, IReadOnlyList<LabeledImage> Images);
