using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.TorchSharp;

/// <summary>Checks a batch before anything is computed.</summary>
internal static class BatchChecks
{
    /// <exception cref="ArgumentException">The images are too small, or there are fewer than <paramref name="count"/>.</exception>
    public static void CheckImages(ConvNeXtConfig config, int values, int count, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, FeatureShape.SmallestSide(config));
        ArgumentOutOfRangeException.ThrowIfLessThan(width, FeatureShape.SmallestSide(config));
        long wanted = checked((long)FeatureShape.ImageChannels * height * width * count);
        if (values < wanted) throw new ArgumentException($"{count} image(s) of {height} x {width} x 3 are {wanted} values, but there are {values}.", "images");
    }
}
