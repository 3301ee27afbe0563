using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Benchmarks.FineTuning;

/// <summary>Images from several sets, with new labels.</summary>
internal sealed class RelabeledImages(IReadOnlyList<(ILabeledImageSource Source, int Item, int Label)> images) : ILabeledImageSource
{
    public int Count => images.Count;

    public IEnumerable<int> Labels => images.Select(image => image.Label);

    /// <summary>All images of some classes of a set. The classes get consecutive labels in the given order.</summary>
    /// <param name="source">The set.</param>
    /// <param name="classes">Labels in the set.</param>
    /// <param name="firstLabel">The new label of the first class.</param>
    public static IEnumerable<(ILabeledImageSource Source, int Item, int Label)> OfClasses(
        ILabeledImageSource source, IReadOnlyList<int> classes, int firstLabel = 0) =>
        from item in Enumerable.Range(0, source.Count)
        let position = classes.ToList().IndexOf(source.LabelOf(item))
        where position >= 0
        select (source, item, firstLabel + position);

    /// <summary>The images at some indices.</summary>
    public RelabeledImages Take(IEnumerable<int> items) => new([.. items.Select(item => images[item])]);

    public int LabelOf(int index) => images[index].Label;

    public RgbImage Load(int index) => images[index].Source.Load(images[index].Item);

    public string DescribeItem(int index) => images[index].Source.DescribeItem(images[index].Item);
}
