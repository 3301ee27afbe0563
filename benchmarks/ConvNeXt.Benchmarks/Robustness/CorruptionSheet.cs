using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Robustness;
using SkiaSharp;

namespace ConvNeXt.Benchmarks.Robustness;

/// <summary>Draws every corruption of a picture at every severity on one sheet, to be looked at.</summary>
internal static class CorruptionSheet
{
    private const int Side = 224, Gap = 4, TextWidth = 180, TextSize = 20;

    public static int Run(Arguments arguments)
    {
        string folder = arguments.Text("images") ?? throw new BenchmarkException("corruptions takes --images DIR, a folder with one subfolder of images per class.");
        string output = arguments.Text("output") ?? "corruptions";
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder);
        int count = Math.Min(arguments.Integer("pictures", 3), images.Count);
        Directory.CreateDirectory(output);
        for (int i = 0; i < count; i++)
        {
            string file = Path.Combine(output, $"{Path.GetFileNameWithoutExtension(images[i * images.Count / count].ImagePath)}.png");
            Draw(images[i * images.Count / count].ImagePath, file);
            Console.WriteLine(file);
        }
        return 0;
    }

    private static void Draw(string path, string file)
    {
        using RgbImage decoded = ImageDecoding.Decode(new ImageReference(path, null, null), new ImageDecodingOptions());
        RgbImage image = ImagePreprocessing.ForSize(Side).ResizeAndCrop(decoded);
        ImageCorruption[] corruptions = [.. ImageCorruption.Standard, .. ImageCorruption.Extra];
        int columns = ImageCorruption.HighestSeverity + 1;
        using var sheet = new SKBitmap(TextWidth + (columns * (Side + Gap)), corruptions.Length * (Side + Gap));
        using var canvas = new SKCanvas(sheet);
        using var text = new SKPaint { Color = SKColors.Black, TextSize = TextSize, IsAntialias = true };
        canvas.Clear(SKColors.White);
        for (int row = 0; row < corruptions.Length; row++)
        {
            canvas.DrawText(corruptions[row].Name, Gap, (row * (Side + Gap)) + (Side / 2), text);
            for (int severity = 0; severity < columns; severity++)
            {
                using SKBitmap picture = ToBitmap(severity == 0 ? image : corruptions[row].Apply(image, severity, seed: 1));
                canvas.DrawBitmap(picture, TextWidth + (severity * (Side + Gap)), row * (Side + Gap));
            }
        }
        using SKData data = sheet.Encode(SKEncodedImageFormat.Png, quality: 100);
        using FileStream stream = File.Create(file);
        data.SaveTo(stream);
    }

    private static SKBitmap ToBitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(image.Width, image.Height);
        for (int i = 0; i < image.Width * image.Height; i++)
            bitmap.SetPixel(i % image.Width, i / image.Width, new SKColor(image.Pixels[i * 3], image.Pixels[(i * 3) + 1], image.Pixels[(i * 3) + 2]));
        return bitmap;
    }
}
