using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet;

/// <summary>Checks that more than one set of options needs; messages name the option.</summary>
internal static class OptionChecks
{
    public static void CheckName(string? name, string option)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new ArgumentException($"Option {option} is empty; it must name a column.", option);
    }

    public static void CheckAtLeast(int value, int least, string option)
    {
        if (value < least) throw new ArgumentOutOfRangeException(option, value, $"Option {option} is {value}; it must be at least {least}.");
    }

    public static void CheckRange(double value, double least, double below, string option)
    {
        if (!(value >= least && value < below))
            throw new ArgumentOutOfRangeException(option, value, $"Option {option} is {value}; it must be in [{least}, {below}).");
    }

    /// <summary>The official preprocessing for an image size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    public static ImagePreprocessing CreatePreprocessing(int imageSize)
    {
        ImagePreprocessing preprocessing = ImagePreprocessing.ForSize(imageSize);
        preprocessing.Validate();
        return preprocessing;
    }
}
