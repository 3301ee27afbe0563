namespace Microsoft.ML.Transforms.Image;

/// <summary>Copies one colour of an image of four bytes a pixel to where it goes in the output vector.</summary>
/// <param name="SourceByte">Which byte of a pixel.</param>
/// <param name="First">Where the colour of the first pixel goes.</param>
/// <param name="Step">From there to that of the next pixel.</param>
internal readonly record struct PixelExtractor(int SourceByte, int First, int Step)
{
    /// <summary>Each value is (byte - offset) * scale.</summary>
    public void Extract(ReadOnlySpan<byte> pixels, Span<float> values, float offset, float scale)
    {
        for (int from = SourceByte, to = First; from < pixels.Length; from += 4, to += Step) values[to] = (pixels[from] - offset) * scale;
    }

    public void Extract(ReadOnlySpan<byte> pixels, Span<byte> values)
    {
        for (int from = SourceByte, to = First; from < pixels.Length; from += 4, to += Step) values[to] = pixels[from];
    }

    /// <summary>One extractor for each wanted colour, in the order of the output.</summary>
    public static PixelExtractor[] For(ImagePixelExtractingEstimator.ColumnOptions column, int pixelCount, bool blueFirst)
    {
        var colors = ImagePixelExtractingEstimator.InOrder(column.OrderOfExtraction, column.ColorsToExtract);
        var extractors = new PixelExtractor[colors.Length];
        for (int plane = 0; plane < colors.Length; plane++)
        {
            int sourceByte = colors[plane] switch
            {
                ImagePixelExtractingEstimator.ColorBits.Red => blueFirst ? 2 : 0,
                ImagePixelExtractingEstimator.ColorBits.Green => 1,
                ImagePixelExtractingEstimator.ColorBits.Blue => blueFirst ? 0 : 2,
                _ => 3,
            };
            extractors[plane] = column.InterleavePixelColors ? new(sourceByte, plane, colors.Length) : new(sourceByte, plane * pixelCount, 1);
        }
        return extractors;
    }
}
