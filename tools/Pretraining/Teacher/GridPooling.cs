using System.Numerics.Tensors;

namespace ConvNeXt.Pretraining.Teacher;

/// <summary>Average pooling of a square map to a smaller square grid with PyTorch's windows (adaptive_avg_pool2d): they cover the map and may overlap.</summary>
internal static class GridPooling
{
    /// <summary>Pools one picture's map.</summary>
    /// <param name="map">[channels, side, side].</param>
    /// <param name="channels">Channels.</param>
    /// <param name="side">Side of the map.</param>
    /// <param name="grid">Side of the result.</param>
    /// <param name="result">[grid, grid, channels].</param>
    public static void Run(ReadOnlySpan<float> map, int channels, int side, int grid, Span<float> result)
    {
        for (int row = 0; row < grid; row++)
        {
            var (top, bottom) = Window(row, side, grid);
            for (int column = 0; column < grid; column++)
            {
                var (left, right) = Window(column, side, grid);
                var target = result.Slice(((row * grid) + column) * channels, channels);
                float share = 1f / ((bottom - top) * (right - left));
                for (int channel = 0; channel < channels; channel++)
                {
                    float sum = 0;
                    for (int y = top; y < bottom; y++)
                        for (int x = left; x < right; x++) sum += map[(((channel * side) + y) * side) + x];
                    target[channel] = sum * share;
                }
            }
        }
    }

    /// <summary>The same for a map whose channels come last, [side, side, channels].</summary>
    public static void RunOnPixels(ReadOnlySpan<float> map, int channels, int side, int grid, Span<float> result)
    {
        for (int cell = 0; cell < grid * grid; cell++)
        {
            var ((top, bottom), (left, right)) = (Window(cell / grid, side, grid), Window(cell % grid, side, grid));
            var target = result.Slice(cell * channels, channels);
            target.Clear();
            for (int y = top; y < bottom; y++)
                for (int x = left; x < right; x++) TensorPrimitives.Add(target, map.Slice(((y * side) + x) * channels, channels), target);
            TensorPrimitives.Divide(target, (bottom - top) * (right - left), target);
        }
    }

    private static (int Begin, int End) Window(int cell, int side, int grid) => (cell * side / grid, (((cell + 1) * side) + grid - 1) / grid);
}
