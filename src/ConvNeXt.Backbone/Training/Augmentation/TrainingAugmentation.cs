using System.Buffers;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Turns a picture into training input: random resized crop, random mirroring, normalisation. What is drawn depends on seed, epoch and item only.
/// </summary>
internal sealed class TrainingAugmentation(TrainingOptions options)
{
    private readonly ImagePreprocessing _preprocessing = options.Preprocessing;
    private readonly PixelNormalizer _normalizer = new(options.Preprocessing.Mean, options.Preprocessing.StandardDeviation);

    internal void Apply(RgbImage image, int epoch, int item, Span<float> destination)
    {
        var random = new CounterRandom(options.Seed, RandomPurpose.Augmentation, epoch, item);
        int size = _preprocessing.Size;
        byte[] pixels = ArrayPool<byte>.Shared.Rent(_preprocessing.Length);
        if (options.Crop is { } crop)
        {
            var area = crop.Choose(image.Width, image.Height, ref random);
            ImageResizer.Resize(image, area, size, size, new PixelArea(0, 0, size, size), _preprocessing.Interpolation, pixels);
        }
        else
        {
            _preprocessing.ResizeAndCrop(image, pixels);
        }
        var result = pixels.AsSpan(0, _preprocessing.Length);
        if (random.NextDouble() < options.HorizontalFlip)
            _normalizer.ConvertMirrored(result, size, destination);
        else
            _normalizer.Convert(result, destination);
        ArrayPool<byte>.Shared.Return(pixels);
    }
}
