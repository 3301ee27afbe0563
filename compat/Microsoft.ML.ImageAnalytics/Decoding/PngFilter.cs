namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// Undoes the filter of a row (PNG specification, clause 9): each byte was stored as its difference from a guess made from the byte to the left (a),
/// above (b) and above left (c). Left means <c>distance</c> bytes back, one pixel; outside the picture all are 0.
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

    // The two below go through the row once for each byte of a pixel, so that what lies to the left stays in registers.
    private static void UndoAverage(Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        for (int first = 0; first < distance; first++)
        {
            int a = 0;
            for (int i = first; i < row.Length && i < above.Length; i += distance)
            {
                a = (byte)(row[i] + ((a + above[i]) >> 1));
                row[i] = (byte)a;
            }
        }
    }

    /// <summary>The guess is the one of a, b and c that is nearest to a + b - c; at equal distance the earlier one.</summary>
    private static void UndoPaeth(Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        for (int first = 0; first < distance; first++)
        {
            int a = 0, c = 0;
            for (int i = first; i < row.Length && i < above.Length; i += distance)
            {
                int b = above[i];
                int toA = Math.Abs(b - c), toB = Math.Abs(a - c), toC = Math.Abs(a + b - 2 * c);
                int guess = toB < toA ? b : a;
                if (toC < Math.Min(toA, toB)) guess = c;
                a = (byte)(row[i] + guess);
                c = b;
                row[i] = (byte)a;
            }
        }
    }
}
