using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// Reads the image column of a row. Where the column has images or their bytes, an exception is the failure of this image, as when a LoadImages before it does
/// not find the file. A path is only a value, so an exception there is a failure of the source, and reaches the consumer.
/// </summary>
internal sealed class ImageReader(DataViewRow row, DataViewSchema.Column column, string? rootFolder, ImageDecodingOptions decoding)
{
    private readonly Func<ImageReference> _read = ImageColumn.CreateReader(row, column, rootFolder, decoding);
    private readonly bool _isPath = column.Type is TextDataViewType;

    /// <summary>Reads the value in the current row.</summary>
    /// <param name="image">The image; it outlives the row.</param>
    /// <returns>Why it cannot be read, or null.</returns>
    public string? TryRead(out ImageReference image)
    {
        image = default;
        try
        {
            image = _read();
            return null;
        }
        catch (Exception e) when ((!_isPath || e is UnreadableImageException) && ImageFailure.IsOfTheImage(e))
        {
            return ImageFailure.Describe(e, null);
        }
    }
}
