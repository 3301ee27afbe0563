using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Images.Formats;

namespace ConvNeXt.MLNet;

/// <summary>Lists the images of a data set with one folder per class.</summary>
public static class ImageFolder
{
    internal static readonly string[] TrainingNames = ["train", "training"];
    internal static readonly string[] ValidationNames = ["val", "valid", "validation", "dev"];
    internal static readonly string[] TestNames = ["test", "testing"];
    private static readonly string[] PartNames = [.. TrainingNames, .. ValidationNames, .. TestNames];

    /// <summary>
    /// Lists the images (.jpg, .jpeg, .jpe, .jfif, .png, .bmp, .gif, .webp, .ico, .wbmp) in the subfolders of a folder, at any depth. The name of a
    /// subfolder is the label of its images. The images are sorted by name (ordinal), so their order is the same on every machine. Other files and system
    /// folders are skipped; the other overload returns what was skipped.
    /// </summary>
    /// <param name="folder">The folder with one subfolder per class.</param>
    /// <returns>A list, so it can be read several times.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// There are no images in subfolders, or images of only one class; or the subfolders are parts of a data set, such as train and val; or the names of two
    /// subfolders differ in case only; or a subfolder contains only pictures in formats that cannot be decoded, so its class would be missing.
    /// </exception>
    public static IReadOnlyList<LabeledImage> Enumerate(string folder) => Enumerate(folder, out _);

    /// <summary>Lists the images in the subfolders of a folder, and returns what was skipped.</summary>
    /// <param name="folder">The folder with one subfolder per class.</param>
    /// <param name="skipped">
    /// The skipped files and folders and the reasons: files that cannot be decoded according to their extension, files beside the class folders, links that
    /// lead back to a parent folder or to nothing, and system folders such as $RECYCLE.BIN. Names that start with a dot, Thumbs.db and desktop.ini are not
    /// included.
    /// </param>
    /// <inheritdoc cref="Enumerate(string)"/>
    public static IReadOnlyList<LabeledImage> Enumerate(string folder, out IReadOnlyList<SkippedPath> skipped)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The image folder '{folder}' does not exist; it must contain one subfolder of images per class.");
        var walk = new ImageFolderWalk(folder);
        foreach (string file in walk.Files(folder)) walk.Skip(file, "it is beside the class folders, so it has no label");
        var images = new List<LabeledImage>();
        var classes = new List<string>();
        foreach (string classFolder in walk.Folders(folder))
        {
            string label = Path.GetFileName(classFolder);
            int imagesBefore = images.Count, skippedBefore = walk.Skipped.Count;
            foreach (string file in walk.Images(classFolder)) images.Add(new LabeledImage { ImagePath = file, Label = label });
            if (images.Count > imagesBefore) classes.Add(label);
            else CheckNoPictures(classFolder, walk.Skipped.Skip(skippedBefore));
        }
        CheckParts(folder, classes);
        CheckClasses(folder, classes);
        skipped = walk.Skipped;
        return images;
    }

    private static void CheckNoPictures(string classFolder, IEnumerable<SkippedPath> skipped)
    {
        string[] pictures = [.. skipped.Select(path => path.Path).Where(ImageExtensions.IsOtherPicture)];
        if (pictures.Length == 0) return;
        string extensions = string.Join(", ", pictures.Select(path => Path.GetExtension(path).ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal));
        throw new InvalidDataException(
            $"The class folder '{classFolder}' has {pictures.Length} pictures ({extensions}), but none that can be decoded, so its class would be missing. "
            + $"Convert them to one of {ImageExtensions.List}, or remove the folder.");
    }

    private static void CheckParts(string folder, List<string> classes)
    {
        if (!classes.Exists(name => TrainingNames.Contains(name, StringComparer.OrdinalIgnoreCase))) return;
        if (!classes.TrueForAll(name => PartNames.Contains(name, StringComparer.OrdinalIgnoreCase))) return;
        string training = classes.Find(name => TrainingNames.Contains(name, StringComparer.OrdinalIgnoreCase))!;
        throw new InvalidDataException(
            $"The image folder '{folder}' contains {ColumnErrors.List(classes)}, which are parts of a data set and not classes. Enumerate each part by itself: "
            + $"'{Path.Combine(folder, training)}' to train, and the part for validation as the trainer's ValidationSet.");
    }

    private static void CheckClasses(string folder, List<string> classes)
    {
        if (classes.Count == 0)
        {
            throw new InvalidDataException(
                $"The image folder '{folder}' contains no images; it must contain one subfolder per class, with {ImageExtensions.List} files.");
        }
        if (classes.Count == 1)
            throw new InvalidDataException($"The image folder '{folder}' has images of one class only, '{classes[0]}'; a classifier needs at least two.");
        IGrouping<string, string>? same = classes.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (same is not null)
        {
            throw new InvalidDataException(
                $"In the image folder '{folder}' the names of {ColumnErrors.List(same)} differ in case only. "
                + "If they are one class, move the images into one folder; otherwise rename one of them.");
        }
    }
}

/// <summary>A file or folder that <see cref="ImageFolder"/> left out.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Reason">Why, as the end of a sentence.</param>
public sealed record SkippedPath(string Path, string Reason);
