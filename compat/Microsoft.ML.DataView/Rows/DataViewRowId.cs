using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>
/// A 128-bit id of a row, stable over cursors. Derived ids are made with the mixing steps of Murmur3 (128 bit, x64): a round over a 16-byte
/// block that is 0 for <see cref="Next"/>, 1 for <see cref="Fork"/>, and the other id for <see cref="Combine"/>.
/// </summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    private const ulong C1 = 0x87c37b91114253d5;
    private const ulong C2 = 0x4cf5ad432745937f;

    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    /// <summary>The id of a second row made of the same source row.</summary>
    public DataViewRowId Fork()
    {
        // The block 1 is mixed into the low word after its round, so only there.
        var next = Next();
        return new DataViewRowId(next.Low ^ (BitOperations.RotateLeft(C1, 31) * C2), next.High);
    }

    public DataViewRowId Next() => Round(Low, High);

    public DataViewRowId Combine(DataViewRowId other)
    {
        var block = other.Fork();
        ulong low = BitOperations.RotateLeft(block.Low * C1, 31) * C2;
        ulong high = BitOperations.RotateLeft(block.High * C2, 33) * C1;

        ulong h1 = BitOperations.RotateLeft(Low ^ low, 27) + High;
        h1 = (h1 * 5) + 0x52dce729;
        ulong h2 = BitOperations.RotateLeft(High ^ high, 31) + h1;
        return new DataViewRowId(h1, (h2 * 5) + 0x38495ab5);
    }

    public int CompareTo(DataViewRowId other)
    {
        int high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object? obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Low, High);

    public override string ToString() => $"{High:x16}{Low:x16}";

    private static DataViewRowId Round(ulong h1, ulong h2)
    {
        h1 = ((BitOperations.RotateLeft(h1, 27) + h2) * 5) + 0x52dce729;
        h2 = ((BitOperations.RotateLeft(h2, 31) + h1) * 5) + 0x38495ab5;
        return new DataViewRowId(h1, h2);
    }
}
