namespace ConvNeXt.MLNet;

/// <summary>An image of a folder of class folders.</summary>
public sealed class LabeledImage
{
    /// <summary>Path of the file: the folder that was asked for, and the way from there.</summary>
    public string ImagePath { get; set; } = "";

    /// <summary>Name of the class folder.</summary>
    public string Label { get; set; } = "";
}

/// <summary>Lists labelled images that lie in one folder per class, the usual layout of image data sets.</summary>
public static class ImageFolder
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".bmp" };

    /// <summary>
    /// Lists the images (.jpg, .jpeg, .png, .bmp) of the sub-folders of a folder; a sub-folder's name is the label of what lies in it, at any depth. The
    /// order is that of the names (ordinal), the same on every machine. Files and folders whose name begins with a dot, and sub-folders without images, are
    /// passed over.
    /// </summary>
    /// <param name="folder">The folder that holds the class folders.</param>
    /// <returns>The images; a list, so that it can be read any number of times.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It holds no images in sub-folders, or those of one class only.</exception>
    public static IReadOnlyList<LabeledImage> Enumerate(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The image folder '{folder}' does not exist; it must hold one sub-folder with images for each class.");
        var images = new List<LabeledImage>();
        int classes = 0;
        foreach (string classFolder in Sorted(Directory.EnumerateDirectories(folder)))
        {
            int before = images.Count;
            AddImages(classFolder, Path.GetFileName(classFolder), images);
            if (images.Count > before) classes++;
        }
        if (images.Count == 0)
            throw new InvalidDataException($"The image folder '{folder}' holds no images; wanted is one sub-folder for each class, with {string.Join(", ", Extensions)} files.");
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
