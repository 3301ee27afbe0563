using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training;

/// <summary>A set of labeled images with random access. All members must be thread-safe.</summary>
internal interface ILabeledImageSource
{
    /// <summary>The class of an item without a label, which only a teacher can teach.</summary>
    const int Unlabeled = -1;

    /// <summary>Number of items.</summary>
    int Count { get; }

    /// <summary>The class of an item, from 0, or <see cref="Unlabeled"/>.</summary>
    /// <param name="index">Index of the item, from 0.</param>
    int LabelOf(int index);

    /// <summary>
    /// Reads and decodes the image of an item. Called again in every epoch. The caller disposes the image, which matters only for rented images.
    /// </summary>
    /// <param name="index">Index of the item, from 0.</param>
    /// <exception cref="UnreadableImageException">The image cannot be read; the message says why.</exception>
    RgbImage Load(int index);

    /// <summary>The name of an item for messages: its file or its row.</summary>
    /// <param name="index">Index of the item, from 0.</param>
    string DescribeItem(int index);
}
