using System.Runtime.InteropServices;
using ConvNeXt.Pretraining.Teacher;

namespace ConvNeXt.Pretraining.Shards;

/// <summary>
/// How a crop lies in a shard: the student's pixels, the pooled features in half precision, and both maps on the student's grids in 8 bits a value. All targets are
/// standardized.
/// </summary>
internal static class CropRecord
{
    /// <summary>Side of the student's pictures.</summary>
    public const int Side = 128;

    /// <summary>Pixels to a cell of the student's last stage.</summary>
    public const int MapStride = 32;

    /// <summary>Pixels to a cell of the stage before it.</summary>
    public const int HintStride = 16;

    /// <summary>Side of the student's last stage.</summary>
    public const int MapGrid = Side / MapStride;

    /// <summary>Side of the stage before it.</summary>
    public const int HintGrid = Side / HintStride;

    public const int PooledValues = TeacherNetwork.MapChannels, MapValues = MapGrid * MapGrid * TeacherNetwork.MapChannels, HintValues = HintGrid * HintGrid * TeacherNetwork.HintChannels;

    /// <summary>Bytes of the pixels, which come first.</summary>
    public const int PixelBytes = Side * Side * 3;

    /// <summary>Bytes of a crop.</summary>
    public const int Bytes = PixelBytes + (PooledValues * 2) + MapValues + HintValues;

    // Standardized values from -3 to 11.2: the teacher's are not negative and have a long tail.
    private const float Steps = 18, Lowest = -3;

    public static void Write(ReadOnlySpan<float> pooled, ReadOnlySpan<float> map, ReadOnlySpan<float> hint, Span<byte> record)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(record.Slice(PixelBytes, PooledValues * 2));
        for (int i = 0; i < pooled.Length; i++) halves[i] = (Half)pooled[i];
        Encode(map, record.Slice(PixelBytes + (PooledValues * 2), MapValues));
        Encode(hint, record.Slice(PixelBytes + (PooledValues * 2) + MapValues, HintValues));
    }

    /// <summary>Reads the targets; where the student sees the picture mirrored, the maps are mirrored too.</summary>
    public static void Read(ReadOnlySpan<byte> record, bool mirrored, Span<float> pooled, Span<float> map, Span<float> hint)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(record.Slice(PixelBytes, PooledValues * 2));
        for (int i = 0; i < pooled.Length; i++) pooled[i] = (float)halves[i];
        Decode(record.Slice(PixelBytes + (PooledValues * 2), MapValues), MapGrid, mirrored, map);
        Decode(record.Slice(PixelBytes + (PooledValues * 2) + MapValues, HintValues), HintGrid, mirrored, hint);
    }

    private static void Encode(ReadOnlySpan<float> values, Span<byte> codes)
    {
        for (int i = 0; i < values.Length; i++) codes[i] = (byte)Math.Clamp((int)MathF.Round((values[i] - Lowest) * Steps), 0, byte.MaxValue);
    }

    private static void Decode(ReadOnlySpan<byte> codes, int grid, bool mirrored, Span<float> values)
    {
        int channels = codes.Length / (grid * grid);
        for (int cell = 0; cell < grid * grid; cell++)
        {
            int from = mirrored ? cell - (cell % grid) + (grid - 1 - (cell % grid)) : cell;
            var source = codes.Slice(from * channels, channels);
            var target = values.Slice(cell * channels, channels);
            for (int i = 0; i < source.Length; i++) target[i] = (source[i] * (1 / Steps)) + Lowest;
        }
    }
}
