namespace ConvNeXt.Backbone.Architecture;

/// <summary>Shape of an activation, [Images, Height, Width, Channels].</summary>
internal readonly record struct FeatureShape(int Images, int Height, int Width, int Channels)
{
    /// <summary>Number of channels of an image.</summary>
    public const int ImageChannels = 3;

    /// <summary>Side of the stem's patches.</summary>
    public const int StemPatch = 4;

    /// <summary>Side of the stem's patches in an isotropic network.</summary>
    public const int IsotropicStemPatch = 16;

    /// <summary>Side of the kernels of an overlapping stem, which have stride 2 and padding 1.</summary>
    public const int OverlappingKernel = 3;

    /// <summary>Side of the patches between stages.</summary>
    public const int DownsamplingPatch = 2;

    /// <summary>Number of pixels of one image.</summary>
    public int Pixels => Height * Width;

    /// <summary>Number of pixels of all images.</summary>
    public int Rows => checked(Images * Pixels);

    /// <summary>Number of values.</summary>
    public long Size => (long)Rows * Channels;

    /// <summary>Shape of the stem's output.</summary>
    public static FeatureShape AfterStem(ConvNeXtConfig config, int images, int height, int width)
    {
        if (config.OverlappingStemWidth is { } between)
            return new FeatureShape(images, height, width, ImageChannels).AfterOverlappingConvolution(between).AfterOverlappingConvolution(config.Widths[0]);
        int patch = config.IsIsotropic ? IsotropicStemPatch : StemPatch;
        return new FeatureShape(images, height / patch, width / patch, config.Widths[0]);
    }

    /// <summary>Shape after one of the two convolutions of an overlapping stem: height and width are halved, rounded up.</summary>
    public FeatureShape AfterOverlappingConvolution(int channels) => this with { Height = (Height + 1) / 2, Width = (Width + 1) / 2, Channels = channels };

    /// <summary>Shape of the next stage, after downsampling.</summary>
    public FeatureShape AfterDownsampling(int channels) =>
        this with { Height = Height / DownsamplingPatch, Width = Width / DownsamplingPatch, Channels = channels };

    /// <summary>Smallest image side for which every stage has at least one pixel.</summary>
    public static int SmallestSide(ConvNeXtConfig config) =>
        config.IsIsotropic ? IsotropicStemPatch : StemPatch * DownsamplingPatch * DownsamplingPatch * DownsamplingPatch;

    /// <summary>Output shape of one stage.</summary>
    public static FeatureShape OfStage(ConvNeXtConfig config, int stage, int images, int height, int width)
    {
        var shape = AfterStem(config, images, height, width);
        for (int next = 1; next <= stage; next++) shape = shape.AfterDownsampling(config.Widths[next]);
        return shape;
    }

    /// <summary>Output shapes of all stages.</summary>
    public static FeatureShape[] OfStages(ConvNeXtConfig config, int images, int height, int width)
    {
        var shapes = new FeatureShape[config.Widths.Length];
        for (int stage = 0; stage < shapes.Length; stage++)
            shapes[stage] = stage == 0 ? AfterStem(config, images, height, width) : shapes[stage - 1].AfterDownsampling(config.Widths[stage]);
        return shapes;
    }
}
