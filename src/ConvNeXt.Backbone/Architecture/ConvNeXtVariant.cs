namespace ConvNeXt.Backbone.Architecture;

/// <summary>
/// The named networks. Tiny to XLarge are V1 ("A ConvNet for the 2020s", section 3), and the isotropic ones are from section 3.3 of that paper; the V2 ones are
/// from "ConvNeXt V2"; all others are from timm.
/// </summary>
public enum ConvNeXtVariant
{
    /// <summary>timm's atto: depths 2,2,6,2, widths 40,80,160,320.</summary>
    Atto,

    /// <summary>timm's femto: depths 2,2,6,2, widths 48,96,192,384.</summary>
    Femto,

    /// <summary>timm's pico: depths 2,2,6,2, widths 64,128,256,512.</summary>
    Pico,

    /// <summary>timm's nano: depths 2,2,8,2, widths 80,160,320,640.</summary>
    Nano,

    /// <summary>ConvNeXt-T: depths 3,3,9,3, widths 96,192,384,768.</summary>
    Tiny,

    /// <summary>ConvNeXt-S: depths 3,3,27,3, widths 96,192,384,768.</summary>
    Small,

    /// <summary>ConvNeXt-B: depths 3,3,27,3, widths 128,256,512,1024.</summary>
    Base,

    /// <summary>ConvNeXt-L: depths 3,3,27,3, widths 192,384,768,1536.</summary>
    Large,

    /// <summary>ConvNeXt-XL: depths 3,3,27,3, widths 256,512,1024,2048.</summary>
    XLarge,

    /// <summary>ConvNeXt-S (iso.): 18 blocks of width 384 after a 16x16 stem, no layer scale.</summary>
    IsotropicSmall,

    /// <summary>ConvNeXt-B (iso.): 18 blocks of width 768 after a 16x16 stem, no layer scale.</summary>
    IsotropicBase,

    /// <summary>ConvNeXt-L (iso.): 36 blocks of width 1024 after a 16x16 stem, with layer scale.</summary>
    IsotropicLarge,

    /// <summary>ConvNeXt V2-A: depths 2,2,6,2, widths 40,80,160,320.</summary>
    V2Atto,

    /// <summary>ConvNeXt V2-F: depths 2,2,6,2, widths 48,96,192,384.</summary>
    V2Femto,

    /// <summary>ConvNeXt V2-P: depths 2,2,6,2, widths 64,128,256,512.</summary>
    V2Pico,

    /// <summary>ConvNeXt V2-N: depths 2,2,8,2, widths 80,160,320,640.</summary>
    V2Nano,

    /// <summary>ConvNeXt V2-T: depths 3,3,9,3, widths 96,192,384,768.</summary>
    V2Tiny,

    /// <summary>timm's V2 small, which has no published weights: depths 3,3,27,3, widths 96,192,384,768.</summary>
    V2Small,

    /// <summary>ConvNeXt V2-B: depths 3,3,27,3, widths 128,256,512,1024.</summary>
    V2Base,

    /// <summary>ConvNeXt V2-L: depths 3,3,27,3, widths 192,384,768,1536.</summary>
    V2Large,

    /// <summary>ConvNeXt V2-H: depths 3,3,27,3, widths 352,704,1408,2816.</summary>
    V2Huge,

    /// <summary>timm's atto_ols: Atto with a stem of two overlapping convolutions.</summary>
    AttoOverlappingStem,

    /// <summary>timm's femto_ols: Femto with a stem of two overlapping convolutions.</summary>
    FemtoOverlappingStem,

    /// <summary>timm's pico_ols: Pico with a stem of two overlapping convolutions.</summary>
    PicoOverlappingStem,

    /// <summary>timm's nano_ols: Nano with a stem of two overlapping convolutions.</summary>
    NanoOverlappingStem,

    /// <summary>timm's tiny_hnf: Tiny with the last norm before pooling.</summary>
    TinyNormBeforePooling,

    /// <summary>timm's large_mlp: Large with a hidden layer in the head.</summary>
    LargeHiddenHead,

    /// <summary>timm's xxlarge: depths 3,4,30,3, widths 384,768,1536,3072, norm epsilon 1e-5.</summary>
    XXLarge,
}
