using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Imaging.Operations;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// Converts an image to training input, in the order of the official code: random resized crop, flip or rotation, RandAugment or color jitter, normalization,
/// random erasing. The random draws depend only on the seed, the epoch and the item.
/// </summary>
internal sealed class TrainingAugmentation(TrainingOptions options)
{
    private readonly ImagePreprocessing _preprocessing = options.TrainingPreprocessing;
    private readonly PixelNormalizer _normalizer = new(options.Preprocessing.Mean, options.Preprocessing.StandardDeviation);
    private readonly ImageOperations _operations = new(options.Preprocessing.Interpolation, options.Preprocessing.Mean);

    internal void Apply(RgbImage image, int epoch, int item, Span<float> destination)
    {
        var random = new CounterRandom(options.Seed, RandomPurpose.Augmentation, epoch, item);
        int height = _preprocessing.Height, width = _preprocessing.Width;
        var pixels = new PixelBuffers(width, height);
        try
        {
            if (options.Crop is { } crop)
            {
                var area = crop.Choose(image.Width, image.Height, (double)width / height, ref random);
                ImageResizer.Resize(image, area, width, height, new PixelArea(0, 0, width, height), _preprocessing.Interpolation, pixels.Pixels);
            }
            else
            {
                _preprocessing.ResizeAndCrop(image, pixels.Pixels);
            }
            if (options.AnyOrientation) PixelOrientation.Apply(pixels.Pixels, width, random.NextInt32(PixelOrientation.Count));
            else if (random.NextDouble() < options.HorizontalFlip) PixelMirror.Apply(pixels.Pixels, width);
            if (options.RandAugment is { } augment)
                augment.Apply(_operations, ref pixels, ref random);
            else
                options.ColorJitter?.Apply(_operations, ref pixels, ref random);
            _normalizer.Convert(pixels.Pixels, destination);
        }
        finally
        {
            pixels.Dispose();
        }
        options.RandomErasing?.Apply(destination, height, width, ref random);
    }
}
