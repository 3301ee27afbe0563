using ConvNeXt.Backbone.Imaging;
namespace ConvNeXt.Backbone.Training;

/// <summary>A set of labelled pictures with random access. All members may be called from several threads at once.</summary>
internal interface ILabeledImageSource
{
    /// <summary>Number of items.</summary>
    int Count { get; }

    /// <summary>The class of an item, counted from 0.</summary>
    /// <param name="index">Of the item, from 0.</param>
    int LabelOf(int index);

    /// <summary>Reads and decodes an item's picture. It is asked for anew in every epoch; the caller disposes it, which matters to rented pictures only.</summary>
    /// <param name="index">Of the item, from 0.</param>
    /// <exception cref="UnreadableImageException">The picture cannot be read; the message says why.</exception>
    RgbImage Load(int index);

    /// <summary>What to call an item in messages: its file or its row.</summary>
    /// <param name="index">Of the item, from 0.</param>
    string DescribeItem(int index);
}
