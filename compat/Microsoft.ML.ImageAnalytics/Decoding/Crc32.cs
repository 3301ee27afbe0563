namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>The check sum of PNG chunks (PNG specification, annex D): CRC-32 with polynomial 0xEDB88320, four bytes a step.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    // Entry [k, b]: the check sum of byte b followed by k zero bytes.
    private static readonly uint[][] _tables = MakeTables();

    /// <summary>The check sum of <paramref name="data"/>; <paramref name="previous"/> is that of the bytes before it.</summary>
    public static uint Compute(ReadOnlySpan<byte> data, uint previous = 0)
    {
        uint crc = ~previous;
        uint[] table0 = _tables[0], table1 = _tables[1], table2 = _tables[2], table3 = _tables[3];
        int i = 0;
        for (; i + 4 <= data.Length; i += 4)
            crc = table3[(byte)crc ^ data[i]] ^ table2[(byte)(crc >> 8) ^ data[i + 1]]
                ^ table1[(byte)(crc >> 16) ^ data[i + 2]] ^ table0[(byte)(crc >> 24) ^ data[i + 3]];
        for (; i < data.Length; i++)
            crc = table0[(byte)crc ^ data[i]] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        uint[][] tables = [new uint[256], new uint[256], new uint[256], new uint[256]];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            tables[0][value] = crc;
        }
        for (int k = 1; k < tables.Length; k++)
            for (int value = 0; value < 256; value++)
                tables[k][value] = tables[0][(byte)tables[k - 1][value]] ^ (tables[k - 1][value] >> 8);
        return tables;
    }
}
