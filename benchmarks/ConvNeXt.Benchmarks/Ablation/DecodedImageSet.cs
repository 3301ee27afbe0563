using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>Labeled images of a folder of class folders, decoded once and kept in memory, because hundreds of runs read them in every epoch.</summary>
internal sealed class DecodedImageSet : ILabeledImageSource
{
    private readonly IReadOnlyList<DecodedImage> _images;

    private DecodedImageSet(string name, IReadOnlyList<string> classes, IReadOnlyList<DecodedImage> images) =>
        (Name, Classes, _images) = (name, classes, images);

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    /// <summary>Class names, by label.</summary>
    public IReadOnlyList<string> Classes { get; }

    public int Count => _images.Count;

    public IEnumerable<int> Labels => _images.Select(image => image.Label);

    /// <summary>Identifies the set in cached runs: name, classes, number of images and pixels.</summary>
    public string Fingerprint => $"{Name}: {string.Join(", ", Classes.Select((name, label) => $"{name} {_images.Count(image => image.Label == label)}"))}, "
        + $"{_images.Sum(image => (long)image.Image.Width * image.Image.Height)} pixels";

    public static DecodedImageSet Read(string folder)
    {
        IReadOnlyList<LabeledImage> files = ImageFolder.Enumerate(folder);
        string[] classes = [.. files.Select(file => file.Label).Distinct().Order(StringComparer.Ordinal)];
        return new DecodedImageSet(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), classes,
            [.. files.AsParallel().AsOrdered().Select(file => new DecodedImage(file.ImagePath, Array.IndexOf(classes, file.Label), Decode(file.ImagePath)))]);
    }

    /// <summary>The images whose index is selected; nothing is copied.</summary>
    public DecodedImageSet Where(Func<int, bool> predicate) => new(Name, Classes, [.. _images.Where((_, item) => predicate(item))]);

    public int LabelOf(int index) => _images[index].Label;

    public RgbImage Load(int index) => _images[index].Image;

    public string DescribeItem(int index) => $"'{_images[index].Path}'";

    private static RgbImage Decode(string path)
    {
        // The decoder returns pooled memory, which is larger than the image.
        using RgbImage pooled = ImageDecoding.Decode(new ImageReference(path, null, null), ImageDecodingOptions.Default);
        return new RgbImage(pooled.Width, pooled.Height, pooled.Pixels.AsSpan(0, pooled.Width * pooled.Height * 3).ToArray());
    }

    private sealed record DecodedImage(string Path, int Label, RgbImage Image);
}
