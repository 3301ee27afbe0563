namespace ConvNeXt.Backbone.Imaging;

/// <summary>How pixels are interpolated when an image is resized; both are antialiased when shrinking, as Pillow does.</summary>
public enum Interpolation
{
    /// <summary>Triangle kernel, support 1.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = -0.5, support 2; what ConvNeXt was trained and tested with.</summary>
    Bicubic,
}
