using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML;

/// <summary>
/// The random generator behind every seed of ML.NET: three Tausworthe registers and one linear congruential one, combined by XOR
/// (GPU Gems 3, chapter 37). Splits, shuffles and hosts draw from it, so its sequence decides which rows a seed chooses.
/// </summary>
internal sealed class TauswortheHybrid : Random
{
    private uint _z1;
    private uint _z2;
    private uint _z3;
    private uint _z4;

    public TauswortheHybrid(State state) => (_z1, _z2, _z3, _z4) = (state.U1, state.U2, state.U3, state.U4);

    /// <summary>A generator whose registers are drawn from another one.</summary>
    public TauswortheHybrid(Random rng)
    {
        _z1 = DrawRegister(rng);
        _z2 = DrawRegister(rng);
        _z3 = DrawRegister(rng);
        _z4 = DrawWord(rng);
    }

    public override float NextSingle()
    {
        // 23 bits, so that the conversion is exact and 1 is never reached.
        return (NextWord() >> 9) * (1f / (1 << 23));
    }

    public override double NextDouble() => NextWord() * (1d / (1L << 32));

    public override int Next()
    {
        uint word = NextWord();
        return (int)(word + (word & 0x80000000));
    }

    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)(((ulong)NextWord() * (ulong)maxValue) >> 32);
    }

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        long range = (long)maxValue - minValue;
        return (int)((long)(NextDouble() * range) + minValue);
    }

    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        for (int i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)Next();
    }

    public int NextSigned() => (int)NextWord();

    public State GetState() => new(_z1, _z2, _z3, _z4);

    private static uint DrawWord(Random rng) => ((uint)rng.Next(0x10000) << 16) | (uint)rng.Next(0x10000);

    private static uint DrawRegister(Random rng)
    {
        // A Tausworthe register whose upper bits are all zero would stay there.
        uint word;
        do
            word = DrawWord(rng);
        while (word < 128);
        return word;
    }

    private uint NextWord()
    {
        Step(ref _z1, 13, 19, 12, ~1u);
        Step(ref _z2, 2, 25, 4, ~7u);
        Step(ref _z3, 3, 11, 17, ~15u);
        _z4 = unchecked(1664525 * _z4 + 1013904223);
        return _z1 ^ _z2 ^ _z3 ^ _z4;
    }

    private static void Step(ref uint register, int left, int right, int shift, uint mask)
        => register = ((register & mask) << shift) ^ (((register << left) ^ register) >> right);

    /// <summary>The four registers; made from one seed by hashing it onwards.</summary>
    public readonly struct State
    {
        public readonly uint U1;
        public readonly uint U2;
        public readonly uint U3;
        public readonly uint U4;

        public State(uint seed)
        {
            U1 = seed;
            U2 = Hashing.MurmurRound(U1, seed);
            U3 = Hashing.MurmurRound(U2, seed);
            U4 = Hashing.MurmurRound(U3, seed);
        }

        public State(uint u1, uint u2, uint u3, uint u4) => (U1, U2, U3, U4) = (u1, u2, u3, u4);

        public void Save(BinaryWriter writer)
        {
            writer.Write(U1);
            writer.Write(U2);
            writer.Write(U3);
            writer.Write(U4);
        }

        public static State Load(BinaryReader reader) => new(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
    }
}
