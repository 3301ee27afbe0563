using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;

namespace ConvNeXt.Tests.Training;

/// <summary>
/// Pictures of 96 x 32 pixels in pairs: noise that is the same for both of a pair, and a bright bar at the left end for one class, at the right end for the
/// other. The center is the same, so that nothing of the class can be seen there.
/// </summary>
internal static class WidePictures
{
    public const int Width = 96, Height = 32;

    private const int Bar = 14;

    /// <summary>Writes pairs of pictures into one folder per class.</summary>
    public static IReadOnlyList<LabeledImage> Write(string folder, int pairs, int seed)
    {
        var random = new Random(seed);
        foreach (string label in new[] { "left", "right" }) Directory.CreateDirectory(Path.Combine(folder, label));
        for (int i = 0; i < pairs; i++)
        {
            byte[] noise = new byte[Width * Height * 3];
            for (int at = 0; at < noise.Length; at++) noise[at] = (byte)random.Next(40, 120);
            foreach (string label in new[] { "left", "right" })
                File.WriteAllBytes(Path.Combine(folder, label, $"{i:D3}.bmp"), TestImages.EncodeBmp(Width, Height, WithBar(noise, label == "left" ? 0 : Width - Bar)));
        }
        return ImageFolder.Enumerate(folder);
    }

    /// <summary>Training of the tiny network with an input of this size.</summary>
    public static ConvNeXtTrainer.Options CreateOptions(ImagePreprocessing preprocessing, int epochs)
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs);
        options.Recipe = options.Recipe!.With(training => training with { Preprocessing = preprocessing });
        return options;
    }

    private static byte[] WithBar(byte[] noise, int left)
    {
        byte[] pixels = [.. noise];
        for (int y = 0; y < Height; y++) pixels.AsSpan((y * Width + left) * 3, Bar * 3).Fill(230);
        return pixels;
    }
}
