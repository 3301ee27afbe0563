using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>Normalized images of one size, in the layout of this project's engines: [Count, Height, Width, 3].</summary>
internal sealed record ImageBatch(float[] Pixels, int Count, int Height, int Width)
{
    private const int Channels = 3;

    public static ImageBatch Random(int count, int height, int width, int seed) =>
        new(VisibleWeights.Pixels(count * height * width * Channels, seed), count, height, width);

    public static ImageBatch FromChannelsFirst(float[] pixels, int count, int height, int width) =>
        new(Swap(pixels, count, Channels, height * width), count, height, width);

    /// <summary>The same pixels as [Count, 3, Height, Width].</summary>
    public float[] ToChannelsFirst() => Swap(Pixels, Count, Height * Width, Channels);

    public float[] Score(IScoringEngine engine)
    {
        var logits = new float[Count * engine.Config.ClassCount];
        engine.Score(Pixels, Count, Height, Width, logits);
        return logits;
    }

    public override string ToString() => $"{Count} x {Height}x{Width}";

    /// <summary>[count, rows, columns] to [count, columns, rows].</summary>
    private static float[] Swap(float[] values, int count, int rows, int columns)
    {
        var result = new float[values.Length];
        for (int n = 0; n < count; n++)
        {
            int start = n * rows * columns;
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++) result[start + column * rows + row] = values[start + row * columns + column];
        }
        return result;
    }
}
