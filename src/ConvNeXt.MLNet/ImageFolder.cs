namespace ConvNeXt.MLNet;

/// <summary>An image file and its label.</summary>
public sealed class LabeledImage
{
    /// <summary>The path of the file. <see cref="ImageFolder.Enumerate"/> sets it to the given folder combined with the relative path of the file.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>The label: the name of the class folder.</summary>
    public string Label { get; set; } = "";
}

/// <summary>Lists the images of a data set with one folder per class.</summary>
public static class ImageFolder
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".bmp" };

    /// <summary>
    /// Lists the images (.jpg, .jpeg, .png, .bmp) in the subfolders of a folder, at any depth. The name of a subfolder is the label of its images. The images
    /// are sorted by name (ordinal), so their order is the same on every machine. Files and folders whose name starts with a dot, and subfolders without
    /// images, are skipped.
    /// </summary>
    /// <param name="folder">The folder with one subfolder per class.</param>
    /// <returns>A list, so it can be read several times.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">There are no images in subfolders, or images of only one class.</exception>
    public static IReadOnlyList<LabeledImage> Enumerate(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The image folder '{folder}' does not exist; it must contain one subfolder of images per class.");
        var images = new List<LabeledImage>();
        int classes = 0;
        foreach (string classFolder in Sorted(Directory.EnumerateDirectories(folder)))
        {
            int before = images.Count;
            AddImages(classFolder, Path.GetFileName(classFolder), images);
            if (images.Count > before) classes++;
        }
        if (images.Count == 0)
            throw new InvalidDataException(
                $"The image folder '{folder}' contains no images; it must contain one subfolder per class, with {string.Join(", ", Extensions)} files.");
        if (classes == 1)
            throw new InvalidDataException($"The image folder '{folder}' has images of one class only, '{images[0].Label}'; a classifier needs at least two.");
        return images;
    }

    private static void AddImages(string folder, string label, List<LabeledImage> images)
    {
        foreach (string file in Sorted(Directory.EnumerateFiles(folder)))
            if (Extensions.Contains(Path.GetExtension(file))) images.Add(new LabeledImage { ImagePath = file, Label = label });
        foreach (string inner in Sorted(Directory.EnumerateDirectories(folder))) AddImages(inner, label, images);
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> paths) =>
        paths.Where(path => !Path.GetFileName(path).StartsWith('.')).OrderBy(Path.GetFileName, StringComparer.Ordinal);
}
