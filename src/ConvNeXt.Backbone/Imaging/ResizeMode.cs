namespace ConvNeXt.Backbone.Imaging;

/// <summary>How an image of any shape becomes a square.</summary>
public enum ResizeMode
{
    /// <summary>The shorter side is resized to size / crop ratio, then the centre is cut out.</summary>
    ShorterSideThenCenterCrop,

    /// <summary>Both sides are resized to the size, whatever the aspect ratio.</summary>
    Squash,
}
