namespace ConvNeXt.Backbone.Architecture;

/// <summary>The named sizes of ConvNeXt V1. Tiny to XLarge are those of "A ConvNet for the 2020s", section 3; Atto to Nano are timm's small ones.</summary>
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
}
