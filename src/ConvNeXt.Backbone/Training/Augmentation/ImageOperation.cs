namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>What RandAugment does to an image; the names are those of timm, without the suffixes that tell its lists apart.</summary>
internal enum ImageOperation
{
    AutoContrast,
    Equalize,
    Invert,
    Rotate,
    Posterize,
    Solarize,
    SolarizeAdd,
    Color,
    Contrast,
    Brightness,
    Sharpness,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
}
