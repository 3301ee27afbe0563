using ConvNeXt.Pretraining.Crops;
using SkiaSharp;

namespace ConvNeXt.Pretraining.Shards;

/// <summary>A picture of many views side by side.</summary>
internal static class PreviewSheet
{
    private const int Columns = 8, Rows = 6;

    public static void Write(ShardMaker maker, string file)
    {
        int side = CropRenderer.Side;
        using var sheet = new SKBitmap(new SKImageInfo(Columns * side, Rows * side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < Columns * Rows; i++)
        {
            byte[] rgb = maker.Preview(shard: 0, crop: i);
            for (int pixel = 0; pixel < side * side; pixel++)
                sheet.SetPixel((i % Columns * side) + (pixel % side), (i / Columns * side) + (pixel / side), new SKColor(rgb[pixel * 3], rgb[(pixel * 3) + 1], rgb[(pixel * 3) + 2]));
        }

        using var stream = File.Create(file);
        sheet.Encode(stream, SKEncodedImageFormat.Png, 100);
    }
}
