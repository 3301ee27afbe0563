namespace ConvNeXt.Backbone.Imaging.Operations;

/// <summary>Flips interleaved RGB horizontally, in place.</summary>
internal static class PixelMirror
{
    internal static void Apply(Span<byte> pixels, int width)
    {
        const int Channels = PixelBuffers.Channels;
        for (int start = 0; start < pixels.Length; start += Channels * width)
        {
            var row = pixels.Slice(start, Channels * width);
            for (int left = 0, right = row.Length - Channels; left < right; left += Channels, right -= Channels)
            {
                (row[left], row[right]) = (row[right], row[left]);
                (row[left + 1], row[right + 1]) = (row[right + 1], row[left + 1]);
                (row[left + 2], row[right + 2]) = (row[right + 2], row[left + 2]);
            }
        }
    }
}
