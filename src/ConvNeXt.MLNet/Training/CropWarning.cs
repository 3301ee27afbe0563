using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Training;

/// <summary>
/// A warning where most training images have another shape than the network's input, so that the center crop hides much of them. What it hides is not there
/// when an image is scored, and nothing else would say so. Sizes come from the headers of a sample.
/// </summary>
internal static class CropWarning
{
    /// <summary>The share of an image that may be hidden without a word: that of a 4:3 photo and a square.</summary>
    private const double MostHidden = 0.25 + 1e-9;

    private const int MostImages = 256;

    /// <summary>The input sizes that are suggested are multiples of the network's stride.</summary>
    private const int Stride = 32;

    /// <summary>Logs the warning if more than half of the images lose more than a quarter of their area.</summary>
    public static void Write(IChannel channel, LabeledImages images, TrainingOptions training)
    {
        ImagePreprocessing preprocessing = training.Preprocessing;
        if (preprocessing.ResizeMode == ResizeMode.Squash) return;
        (int Width, int Height)[] sizes = Sample(images);
        double[] hidden = [.. sizes.Select(size => preprocessing.FindHiddenShare(size.Width, size.Height)).Order()];
        int affected = hidden.Count(share => share > MostHidden);
        if (affected * 2 <= sizes.Length) return;

        double ratio = MedianOf(sizes.Select(size => (double)size.Width / size.Height));
        (int height, int width) = Suggest(preprocessing, ratio);
        string found = Invariant($"The center crop hides more than a quarter of {affected} of {sizes.Length} training images (median {MedianOf(hidden):P0}), ")
            + Invariant($"because the input of the network is {preprocessing.Width} x {preprocessing.Height} pixels and the median image {ratio:0.##} : 1. ");
        string advice = Invariant($"If classes can differ at the borders, give the input the shape of the images, such as {nameof(ConvNeXtTrainer.Options.ImageSize)}")
            + Invariant($" = {height} and {nameof(ConvNeXtTrainer.Options.ImageWidth)} = {width}, or set {nameof(ImagePreprocessing.ResizeMode)} of the recipe's ")
            + $"{nameof(TrainingOptions.Preprocessing)} to {nameof(ResizeMode.Squash)}.";
        channel.Warning(MessageSensitivity.None, "{0}", found + advice);
    }

    private static (int Width, int Height)[] Sample(LabeledImages images)
    {
        int count = Math.Min(images.Count, MostImages);
        IEnumerable<(int Width, int Height)?> sizes = Enumerable.Range(0, count).Select(i => images.FindSize((int)((long)i * images.Count / count)));
        return [.. sizes.OfType<(int Width, int Height)>().Where(size => size.Width > 0 && size.Height > 0)];
    }

    /// <summary>An input of about the same number of pixels with a given ratio of width to height.</summary>
    private static (int Height, int Width) Suggest(ImagePreprocessing preprocessing, double ratio)
    {
        double area = (double)preprocessing.Width * preprocessing.Height;
        return (Round(Math.Sqrt(area / ratio)), Round(Math.Sqrt(area * ratio)));

        static int Round(double side) => Math.Clamp((int)Math.Round(side / Stride), 1, 4096 / Stride) * Stride;
    }

    private static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
