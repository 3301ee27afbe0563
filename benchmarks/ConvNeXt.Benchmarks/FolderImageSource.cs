using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Benchmarks;

/// <summary>The images of a folder of class folders, decoded each time they are loaded.</summary>
internal sealed class FolderImageSource : ILabeledImageSource
{
    private readonly IReadOnlyList<LabeledImage> _images;
    private readonly List<string> _classes;

    public FolderImageSource(string folder)
    {
        _images = ImageFolder.Enumerate(folder);
        _classes = [.. _images.Select(image => image.Label).Distinct()];
    }

    public int ClassCount => _classes.Count;

    public int Count => _images.Count;

    public int LabelOf(int index) => _classes.IndexOf(_images[index].Label);

    public RgbImage Load(int index) => ImageDecoding.Decode(new ImageReference(_images[index].ImagePath, null, null), ImageDecodingOptions.Default);

    public string DescribeItem(int index) => _images[index].ImagePath;
}
