using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Imaging.Operations;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>Applies operations to 8-bit images, bit-identical to timm with Pillow.</summary>
internal sealed class ImageOperations
{
    private readonly Interpolation _interpolation;
    private readonly (byte Red, byte Green, byte Blue) _fill;

    /// <summary>Sets up the operations as the official code does.</summary>
    /// <param name="interpolation">Interpolation for rotation, shear and translation: the one that training images are resized with.</param>
    /// <param name="mean">Mean of the pixels; rounded to 8 bits, it is the fill color for areas outside the image.</param>
    internal ImageOperations(Interpolation interpolation, RgbTriple mean)
    {
        _interpolation = interpolation;
        _fill = (Level(mean.Red), Level(mean.Green), Level(mean.Blue));
        static byte Level(float share) => (byte)Math.Clamp(Math.Round(255 * (double)share), 0, 255);
    }

    internal void Apply(ImageOperation operation, double argument, ref PixelBuffers image)
    {
        switch (operation)
        {
            case ImageOperation.AutoContrast:
                ColorTables.AutoContrast(image.Pixels);
                break;
            case ImageOperation.Equalize:
                ColorTables.Equalize(image.Pixels);
                break;
            case ImageOperation.Invert:
                ColorTables.Invert(image.Pixels);
                break;
            case ImageOperation.Rotate:
                Transform(AffineTransform.Rotate(argument, image.Width, image.Height), ref image);
                break;
            case ImageOperation.Posterize:
                ColorTables.Posterize(image.Pixels, (int)argument);
                break;
            case ImageOperation.Solarize:
                ColorTables.Solarize(image.Pixels, (int)argument);
                break;
            case ImageOperation.SolarizeAdd:
                ColorTables.SolarizeAdd(image.Pixels, (int)argument);
                break;
            case ImageOperation.Color:
                Enhancement.Color(image.Pixels, argument);
                break;
            case ImageOperation.Contrast:
                ColorTables.Contrast(image.Pixels, argument);
                break;
            case ImageOperation.Brightness:
                ColorTables.Brightness(image.Pixels, argument);
                break;
            case ImageOperation.Sharpness:
                Enhancement.Sharpness(ref image, argument);
                break;
            case ImageOperation.ShearX:
                Transform(AffineTransform.ShearX(argument), ref image);
                break;
            case ImageOperation.ShearY:
                Transform(AffineTransform.ShearY(argument), ref image);
                break;
            case ImageOperation.TranslateX:
                Transform(AffineTransform.Translate(argument * image.Width, 0), ref image);
                break;
            case ImageOperation.TranslateY:
                Transform(AffineTransform.Translate(0, argument * image.Height), ref image);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, "Unknown operation.");
        }
    }

    private void Transform(AffineTransform transform, ref PixelBuffers image) => transform.Apply(ref image, _interpolation, _fill);
}
