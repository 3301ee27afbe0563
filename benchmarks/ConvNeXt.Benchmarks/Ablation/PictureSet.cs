using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>Labelled pictures of a folder of class folders, decoded once and kept: small sets are read in every epoch of hundreds of runs.</summary>
internal sealed class PictureSet : ILabeledImageSource
{
    private readonly IReadOnlyList<Picture> _pictures;

    private PictureSet(string name, IReadOnlyList<string> classes, IReadOnlyList<Picture> pictures) => (Name, Classes, _pictures) = (name, classes, pictures);

    /// <summary>Name of the folder.</summary>
    public string Name { get; }

    /// <summary>Names of the classes, in order.</summary>
    public IReadOnlyList<string> Classes { get; }

    public int Count => _pictures.Count;

    public IEnumerable<int> Labels => _pictures.Select(picture => picture.Label);

    /// <summary>What the set is, in a line: another set gives another line.</summary>
    public string Fingerprint => $"{Name}: {string.Join(", ", Classes.Select((name, label) => $"{name} {_pictures.Count(picture => picture.Label == label)}"))}, "
        + $"{_pictures.Sum(picture => (long)picture.Image.Width * picture.Image.Height)} pixels";

    public static PictureSet Read(string folder)
    {
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder);
        string[] classes = [.. images.Select(image => image.Label).Distinct().Order(StringComparer.Ordinal)];
        return new PictureSet(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), classes,
            [.. images.AsParallel().AsOrdered().Select(image => new Picture(image.ImagePath, Array.IndexOf(classes, image.Label), Decode(image.ImagePath)))]);
    }

    /// <summary>Some of the pictures; nothing is copied.</summary>
    public PictureSet Where(Func<int, bool> takes) => new(Name, Classes, [.. _pictures.Where((_, item) => takes(item))]);

    public int LabelOf(int index) => _pictures[index].Label;

    public RgbImage Load(int index) => _pictures[index].Image;

    public string DescribeItem(int index) => $"'{_pictures[index].Path}'";

    private static RgbImage Decode(string path)
    {
        using RgbImage rented = ImageDecoding.Decode(new ImageReference(path, null, null));
        return new RgbImage(rented.Width, rented.Height, rented.Pixels.AsSpan(0, rented.Width * rented.Height * 3).ToArray());
    }

    private sealed record Picture(string Path, int Label, RgbImage Image);
}
