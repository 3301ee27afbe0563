using System.Security.Cryptography;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>What one pass over the files of a data set found out about each: whether it can be read, its hash, its size and a thumbnail.</summary>
/// <param name="Image">The image and its label.</param>
/// <param name="Part">The name of its part.</param>
/// <param name="Hash">SHA-256 of the file; empty if the file cannot be opened.</param>
/// <param name="Problem">Why it cannot be read; null if it can.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Thumbnail">The whole image, squashed to <see cref="ThumbnailSize"/> squared gray values; empty if it cannot be read.</param>
internal sealed record ScannedImage(LabeledImage Image, string Part, string Hash, string? Problem, int Width, int Height, byte[] Thumbnail)
{
    /// <summary>Width and height of a thumbnail.</summary>
    public const int ThumbnailSize = 64;

    /// <summary>Reads the files of all parts, on several threads; the order of the result is that of the parts.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="progress">Called with the number of files that were read and of all files, from any thread.</param>
    /// <param name="cancellation">Cancels.</param>
    public static ScannedImage[] ReadAll(ImageDataSet set, Action<int, int>? progress, CancellationToken cancellation)
    {
        (LabeledImage Image, string Part)[] files = [.. set.Parts.SelectMany(part => part.Images.Select(image => (image, part.Name)))];
        var scanned = new ScannedImage[files.Length];
        int done = 0;
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, files.Length, options, i =>
        {
            scanned[i] = Read(files[i].Image, files[i].Part);
            progress?.Invoke(Interlocked.Increment(ref done), files.Length);
        });
        return scanned;
    }

    private static ScannedImage Read(LabeledImage image, string part)
    {
        string hash = "";
        try
        {
            using (FileStream file = File.OpenRead(image.ImagePath)) hash = Convert.ToHexString(SHA256.HashData(file));
            using RgbImage pixels = ImageDecoding.Decode(new ImageReference(image.ImagePath, null, null), ImageDecodingOptions.Default);
            return new ScannedImage(image, part, hash, null, pixels.Width, pixels.Height, ToThumbnail(pixels));
        }
        catch (Exception e) when (ImageFailure.IsOfTheImage(e) || e is IOException or UnauthorizedAccessException)
        {
            return new ScannedImage(image, part, hash, e.Message, 0, 0, []);
        }
    }

    private static byte[] ToThumbnail(RgbImage image)
    {
        RgbImage small = ImageResizer.Resize(image, ThumbnailSize, ThumbnailSize, Interpolation.Bilinear);
        byte[] gray = new byte[ThumbnailSize * ThumbnailSize];
        for (int i = 0; i < gray.Length; i++)
            gray[i] = (byte)(((299 * small.Pixels[3 * i]) + (587 * small.Pixels[(3 * i) + 1]) + (114 * small.Pixels[(3 * i) + 2]) + 500) / 1000);
        return gray;
    }
}
