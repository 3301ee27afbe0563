namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>The operations of RandAugment. The names are those of timm, without the suffixes that distinguish its lists.</summary>
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
