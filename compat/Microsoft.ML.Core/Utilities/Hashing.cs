using System.Numerics;

namespace Microsoft.ML.Internal.Utilities;

/// <summary>The 32-bit Murmur3 mixing steps that random states, split keys and hash codes are made of.</summary>
internal static class Hashing
{
    /// <summary>Folds one 32-bit word into a running hash.</summary>
    public static uint MurmurRound(uint hash, uint chunk)
    {
        uint mixed = BitOperations.RotateLeft(chunk * 0xCC9E2D51, 15) * 0x1B873593;
        return BitOperations.RotateLeft(hash ^ mixed, 13) * 5 + 0xE6546B64;
    }

    /// <summary>Ends a hash over <paramref name="byteCount"/> bytes: the avalanche step that spreads every bit.</summary>
    public static uint MixHash(uint hash, int byteCount)
    {
        hash ^= (uint)byteCount;
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return hash ^ (hash >> 16);
    }

    /// <summary>
    /// The hash of a text as ML.NET 5 computes it: Murmur3 over the text's characters, each written as the UTF-8 bytes of its UTF-16 unit
    /// (a surrogate pair is two three-byte groups). A group's bytes enter a word in order only while the word's lower part is empty; the
    /// official code swaps the whole word otherwise, and this keeps that, since the same rows have to be chosen.
    /// </summary>
    public static uint MurmurHashV2(uint hash, ReadOnlySpan<char> text)
    {
        int length = 0;
        ulong pending = 0;
        int pendingBits = 0;
        foreach (char c in text)
        {
            if (c < 0x80)
            {
                pending |= (ulong)c << pendingBits;
                pendingBits += 8;
            }
            else if (c < 0x800)
            {
                pending |= (ulong)(0xC080u | (c & 0x3Fu) | (((uint)c << 2) & 0x1F00u)) << pendingBits;
                pending = (pending & 0xFF) << 8 | pending >> 8;
                pendingBits += 16;
            }
            else
            {
                pending |= (ulong)(0xE08080u | (c & 0x3Fu) | (((uint)c << 2) & 0x3F00u) | (((uint)c << 4) & 0x0F0000u)) << pendingBits;
                pending = (pending & 0xFF) << 16 | ((pending >> 8) & 0xFF) << 8 | pending >> 16;
                pendingBits += 24;
            }

            if (pendingBits >= 32)
            {
                hash = MurmurRound(hash, (uint)pending);
                pending >>= 32;
                pendingBits -= 32;
                length += 4;
            }
        }

        if (pendingBits > 0)
        {
            int tailBytes = pendingBits / 8;
            length += tailBytes;
            uint tail = (uint)pending & (uint)((1UL << pendingBits) - 1);
            hash ^= BitOperations.RotateLeft(tail * 0xCC9E2D51, 15) * 0x1B873593;
        }

        return MixHash(hash, length);
    }
}
