using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Benchmarks.FineTuning;

/// <summary>Pictures out of several sets under labels of their own.</summary>
internal sealed class RelabeledPictures(IReadOnlyList<(ILabeledImageSource Source, int Item, int Label)> pictures) : ILabeledImageSource
{
    public int Count => pictures.Count;

    public IEnumerable<int> Labels => pictures.Select(picture => picture.Label);

    /// <summary>All pictures of some classes of a set; the classes are numbered in their order, from a first number on.</summary>
    public static IEnumerable<(ILabeledImageSource Source, int Item, int Label)> OfClasses(ILabeledImageSource source, IReadOnlyList<int> classes, int firstLabel = 0) =>
        from item in Enumerable.Range(0, source.Count)
        let position = classes.ToList().IndexOf(source.LabelOf(item))
        where position >= 0
        select (source, item, firstLabel + position);

    /// <summary>Some of the pictures.</summary>
    public RelabeledPictures Take(IEnumerable<int> items) => new([.. items.Select(item => pictures[item])]);

    public int LabelOf(int index) => pictures[index].Label;

    public RgbImage Load(int index) => pictures[index].Source.Load(pictures[index].Item);

    public string DescribeItem(int index) => pictures[index].Source.DescribeItem(pictures[index].Item);
}
