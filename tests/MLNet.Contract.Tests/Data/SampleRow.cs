using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Data;

/// <summary>A member of every type that a column can have, in the order of declaration: fields, then properties.</summary>
internal sealed class EveryType
{
#pragma warning disable CS0649 // The fields are read and written through views.
    public string? S;
    public ReadOnlyMemory<char> M;
    public bool B;
    public sbyte I1;
    public byte U1;
    public short I2;
    public ushort U2;
    public int I4;
    public uint U4;
    public long I8;
    public ulong U8;
    public float R4;
    public double R8;
    public DateTime DT;
    public DateTimeOffset DZ;
    public TimeSpan TS;
    public DataViewRowId Id;
    public float[]? V;
    [VectorType(3)]
    public float[]? F3;
    [VectorType(2, 3)]
    public float[]? F23;
    public string[]? SV;
    public VBuffer<float> VB;
    [VectorType(4)]
    public byte[]? Bytes;
    [KeyType(5)]
    public uint K;
    [ColumnName("Renamed")]
    public float Original;
    [NoColumn]
    public float Left;
#pragma warning restore CS0649
    public const int Constant = 3;

    public float Prop { get; set; }

    public float ReadOnlyProp => Prop * 2;
}

/// <summary>The rows that the key, vector and text rules were recorded with.</summary>
internal sealed class SampleRow
{
    [KeyType(3)]
    public uint K;
    [VectorType(2)]
    public float[]? V;
    public float[]? Var;
    public string? L;

    /// <summary>A vector of the wrong length, a null text, empty and null arrays, a key out of range.</summary>
    public static SampleRow[] Four() =>
    [
        new() { K = 0, V = [1], Var = null, L = null },
        new() { K = 2, V = [1, 2], Var = [1], L = "b" },
        new() { K = 7, V = [0, 0], Var = [], L = "a" },
        new() { K = 1, V = null, Var = null, L = "b" },
    ];

    public override string ToString()
        => $"K={K} V={(V == null ? "null" : string.Join(",", V))} Var={(Var == null ? "null" : $"[{string.Join(",", Var)}]")} L='{L}'";
}

/// <summary>A numbered row with a group name, as splits and shuffles see it.</summary>
internal sealed class NumberedRow
{
    public float X;
    public string? G;

    public static NumberedRow[] Forty() => [.. Enumerable.Range(0, 40).Select(i => new NumberedRow { X = i, G = "g" + (i % 5) })];
}
