using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Convolution;

/// <summary>
/// The patches of a 3x3 convolution with stride 2 and padding 1, which make it a linear layer: patch[n, y, x] = the 3 x 3 pixels around (2y, 2x), as [3, 3,
/// channels]; pixels outside the image are zero.
/// <para>image: [images, height, width, channels]; patches: [images, (height + 1) / 2, (width + 1) / 2, 9 * channels].</para>
/// <para>Backward (scatter) overwrites every pixel with the sum of its up to four entries in patches, in ascending order of the patches. Threads: rows of
/// patches (gather) and rows of pixels (scatter).</para>
/// </summary>
internal static unsafe class OverlappingPatches
{
    public const int Size = 3;
    public const int Stride = 2;
    private const int Padding = 1;

    public static void Gather(WorkerTeam team, float* image, int images, int height, int width, int channels, float* patches) =>
        team.Run(new GatherTask { Image = image, Height = height, Width = width, Channels = channels, Patches = patches }, images * Half(height));

    public static void Scatter<TLanes>(WorkerTeam team, float* patches, int images, int height, int width, int channels, float* image)
        where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new ScatterTask<TLanes> { Patches = patches, Height = height, Width = width, Channels = channels, Image = image }, images * height);

    private static int Half(int side) => (side + 1) / Stride;

    private struct GatherTask : IParallelTask
    {
        public float* Image;
        public int Height;
        public int Width;
        public int Channels;
        public float* Patches;

        public readonly void Run(int item, int worker)
        {
            int rows = Half(Height), columns = Half(Width);
            int image = item / rows, top = (item % rows * Stride) - Padding;
            float* target = Patches + ((long)item * columns * Size * Size * Channels);
            for (int x = 0; x < columns; x++)
            {
                for (int tap = 0; tap < Size * Size; tap++, target += Channels)
                {
                    int row = top + (tap / Size), column = (x * Stride) - Padding + (tap % Size);
                    var pixel = new Span<float>(target, Channels);
                    if (row < 0 || row >= Height || column < 0 || column >= Width) pixel.Clear();
                    else new ReadOnlySpan<float>(Image + ((((((long)image * Height) + row) * Width) + column) * Channels), Channels).CopyTo(pixel);
                }
            }
        }
    }

    private struct ScatterTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Patches;
        public int Height;
        public int Width;
        public int Channels;
        public float* Image;

        public readonly void Run(int item, int worker)
        {
            int image = item / Height, row = item % Height, rows = Half(Height), columns = Half(Width);
            float* target = Image + ((long)item * Width * Channels);
            new Span<float>(target, Width * Channels).Clear();
            for (int column = 0; column < Width; column++, target += Channels)
            {
                // Patch y covers the rows 2y - 1 to 2y + 1.
                for (int y = row / Stride; y <= Math.Min((row + Padding) / Stride, rows - 1); y++)
                {
                    for (int x = column / Stride; x <= Math.Min((column + Padding) / Stride, columns - 1); x++)
                    {
                        int tap = ((row + Padding - (y * Stride)) * Size) + column + Padding - (x * Stride);
                        float* source = Patches + (((((((long)image * rows) + y) * columns) + x) * Size * Size) + tap) * Channels;
                        for (int c = 0; c < Channels; c += TLanes.Count)
                            (TLanes.LoadUpTo(target + c, Channels - c) + TLanes.LoadUpTo(source + c, Channels - c)).StoreUpTo(target + c, Channels - c);
                    }
                }
            }
        }
    }
}
