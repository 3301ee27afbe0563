using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Benchmarks;

/// <summary>The pictures of a folder of class folders, decoded anew each time.</summary>
internal sealed class PictureSource : ILabeledImageSource
{
    private readonly IReadOnlyList<LabeledImage> _pictures;
    private readonly List<string> _classes;

    public PictureSource(string folder)
    {
        _pictures = ImageFolder.Enumerate(folder);
        _classes = [.. _pictures.Select(picture => picture.Label).Distinct()];
    }

    public int ClassCount => _classes.Count;

    public int Count => _pictures.Count;

    public int LabelOf(int index) => _classes.IndexOf(_pictures[index].Label);

    public RgbImage Load(int index) => ImageDecoding.Decode(new ImageReference(_pictures[index].ImagePath, null, null));

    public string DescribeItem(int index) => _pictures[index].ImagePath;
}
