namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// Undoes the filter of a row (PNG specification, clause 9): each byte was stored as its difference from a guess made from the byte to the left (a), above (b) and
/// above left (c). Left means <c>distance</c> bytes back, one pixel; outside the picture all are 0.
/// </summary>
internal static class PngFilter
{
    public static void Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = distance; i < row.Length; i++) row[i] += row[i - distance];
                break;
            case 2:
                System.Numerics.Tensors.TensorPrimitives.Add(row, above, row);
                break;
            case 3:
                UndoAverage(row, above, distance);
                break;
            case 4:
                UndoPaeth(row, above, distance);
                break;
            default:
                throw new InvalidDataException($"PNG: a row has filter {filter}; there are 0 to 4.");
        }
    }

    private static void UndoAverage(Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        for (int i = 0; i < distance; i++) row[i] += (byte)(above[i] >> 1);
        for (int i = distance; i < row.Length; i++) row[i] += (byte)((row[i - distance] + above[i]) >> 1);
    }

    private static void UndoPaeth(Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        for (int i = 0; i < distance; i++) row[i] += above[i];
        for (int i = distance; i < row.Length; i++) row[i] += Paeth(row[i - distance], above[i], above[i - distance]);
    }

    /// <summary>Of a, b and c the one nearest to a + b - c; at equal distance the earlier one.</summary>
    private static byte Paeth(int a, int b, int c)
    {
        int toA = Math.Abs(b - c), toB = Math.Abs(a - c), toC = Math.Abs(a + b - 2 * c);
        return (byte)(toA <= toB && toA <= toC ? a : toB <= toC ? b : c);
    }
}
