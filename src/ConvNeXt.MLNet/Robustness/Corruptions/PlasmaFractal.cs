using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Clouds by the diamond-square algorithm, on a grid that wraps around.</summary>
internal static class PlasmaFractal
{
    private const double FirstWibble = 100;

    /// <summary>Creates clouds that fill the whole range from 0 to 1.</summary>
    /// <param name="side">Width and height, a power of two.</param>
    /// <param name="decay">By what the random part is divided when the grid is halved; the lower, the finer the clouds.</param>
    /// <param name="random">The draws.</param>
    internal static Plane Create(int side, double decay, ref CounterRandom random)
    {
        var map = new Plane(side, side);
        double wibble = FirstWibble;
        for (int step = side; step >= 2; step /= 2, wibble /= decay)
        {
            int half = step / 2;
            for (int y = 0; y < side; y += step)
                for (int x = 0; x < side; x += step) map[x + half, y + half] = Mean(At(x, y) + At(x, y + step) + At(x + step, y) + At(x + step, y + step), ref random);
            for (int y = 0; y < side; y += step)
                for (int x = 0; x < side; x += step) map[x + half, y] = Mean(At(x, y) + At(x + step, y) + At(x + half, y + half) + At(x + half, y - half), ref random);
            for (int y = 0; y < side; y += step)
                for (int x = 0; x < side; x += step) map[x, y + half] = Mean(At(x, y) + At(x, y + step) + At(x + half, y + half) + At(x - half, y + half), ref random);
        }
        float least = map.Values.Min(), range = map.Values.Max() - least;
        return map.Map(value => range == 0 ? 0 : (value - least) / range); // a single point has no range

        double At(int x, int y) => map[(x + side) % side, (y + side) % side];

        // The original multiplies the range of its random number by the wibble once more.
        float Mean(double sum, ref CounterRandom draw) => (float)((sum / 4) + (wibble * draw.NextDouble(-wibble, wibble)));
    }

    /// <summary>Creates clouds of any size: the upper left part of the next larger grid.</summary>
    internal static Plane Create(int width, int height, double decay, ref CounterRandom random)
    {
        Plane map = Create((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(width, height)), decay, ref random);
        var part = new Plane(width, height);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) part[x, y] = map[x, y];
        return part;
    }
}
