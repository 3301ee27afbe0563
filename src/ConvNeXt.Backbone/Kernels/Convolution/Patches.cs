using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Convolution;

/// <summary>
/// A convolution whose stride is its kernel size p (the stem, the downsampling) is a linear layer on patches. Gather: patch[n, y, x] = the p x p pixels of
/// image n starting at (p y, p x), as [p, p, channels]. Pixels to the right of and below the last whole patch are ignored, as in the official convolutions
/// without padding.
/// <para>image: [images, height, width, channels]; patches: [images, height / p, width / p, p * p * channels].</para>
/// <para>Backward (scatter) overwrites every pixel, ignored ones with zero. Threads: rows of patches (gather) and rows of pixels (scatter); nothing is
/// summed.</para>
/// </summary>
internal static unsafe class Patches
{
    public static void Gather(WorkerTeam team, float* image, int images, int height, int width, int channels, int size, float* patches) =>
        team.Run(new GatherTask { Image = image, Height = height, Width = width, Channels = channels, Size = size, Patches = patches }, images * (height / size));

    public static void Scatter(WorkerTeam team, float* patches, int images, int height, int width, int channels, int size, float* image) =>
        team.Run(new ScatterTask { Patches = patches, Height = height, Width = width, Channels = channels, Size = size, Image = image }, images * height);

    private struct GatherTask : IParallelTask
    {
        public float* Image;
        public int Height;
        public int Width;
        public int Channels;
        public int Size;
        public float* Patches;

        public readonly void Run(int item, int worker)
        {
            int rows = Height / Size, columns = Width / Size, line = Size * Channels;
            float* source = Image + (((long)(item / rows) * Height) + ((long)(item % rows) * Size)) * Width * Channels;
            float* target = Patches + ((long)item * columns * Size * line);
            for (int x = 0; x < columns; x++)
                for (int y = 0; y < Size; y++, target += line)
                    new ReadOnlySpan<float>(source + ((long)y * Width * Channels) + (x * line), line).CopyTo(new Span<float>(target, line));
        }
    }

    private struct ScatterTask : IParallelTask
    {
        public float* Patches;
        public int Height;
        public int Width;
        public int Channels;
        public int Size;
        public float* Image;

        public readonly void Run(int item, int worker)
        {
            int rows = Height / Size, columns = Width / Size, line = Size * Channels;
            int image = item / Height, y = item % Height;
            float* target = Image + ((long)item * Width * Channels);
            int filled = 0;
            if (y < rows * Size)
            {
                float* source = Patches + (((((long)image * rows) + (y / Size)) * columns * Size) + (y % Size)) * line;
                filled = columns * line;
                for (int x = 0; x < columns; x++) new ReadOnlySpan<float>(source + ((long)x * Size * line), line).CopyTo(new Span<float>(target + (x * line), line));
            }

            new Span<float>(target + filled, (Width * Channels) - filled).Clear();
        }
    }
}
