using System.Text;
using Microsoft.ML;
using Microsoft.ML.Internal.Utilities;

namespace Compat.Tests.Data;

[TestClass]
public sealed class RandomAndHashTests
{
    [TestMethod]
    [DataRow("", 0u, 0u)]
    [DataRow("hello", 0u, 0x248bfa47u)]
    [DataRow("hello, world", 0u, 0x149bbb7fu)]
    [DataRow("The quick brown fox jumps over the lazy dog", 0u, 0x2e4ff723u)]
    [DataRow("The quick brown fox jumps over the lazy dog", 0x9747b28cu, 0x2fa826cdu)]
    public void TextHash_IsMurmur3_ForAscii(string text, uint seed, uint hash) => Assert.AreEqual(hash, Hashing.MurmurHashV2(seed, text));

    [TestMethod]
    [DataRow("é", new byte[] { 0xC3, 0xA9 })]
    [DataRow("花", new byte[] { 0xE8, 0x8A, 0xB1 })]
    public void ALeadingCharacterOfSeveralBytes_IsHashedAsItsUtf8(string text, byte[] utf8)
    {
        CollectionAssert.AreEqual(Encoding.UTF8.GetBytes(text), utf8);
        uint word = utf8.Select((value, i) => (uint)value << (8 * i)).Aggregate((a, b) => a | b);
        uint mixed = uint.RotateLeft(word * 0xCC9E2D51, 15) * 0x1B873593;
        Assert.AreEqual(Hashing.MixHash(7 ^ mixed, utf8.Length), Hashing.MurmurHashV2(7, text));
    }

    [TestMethod]
    public void AGenerator_ContinuesFromItsState_AndFromAFile()
    {
        TauswortheHybrid random = RandomUtils.Create(5);
        for (int i = 0; i < 10; i++)
            random.Next();
        using var stream = new MemoryStream();
        random.GetState().Save(new BinaryWriter(stream));
        stream.Position = 0;
        var again = new TauswortheHybrid(TauswortheHybrid.State.Load(new BinaryReader(stream)));
        for (int i = 0; i < 10; i++)
            Assert.AreEqual(random.NextSigned(), again.NextSigned());
    }

    [TestMethod]
    public void Draws_KeepTheirRanges_AndFillThem()
    {
        TauswortheHybrid random = RandomUtils.Create(1);
        int[] counts = new int[10];
        for (int i = 0; i < 20_000; i++)
        {
            Assert.IsTrue(random.NextSingle() is >= 0 and < 1);
            Assert.IsTrue(random.NextDouble() is >= 0 and < 1);
            Assert.IsTrue(random.Next() >= 0);
            Assert.IsTrue(random.Next(-3, 4) is >= -3 and < 4);
            counts[random.Next(10)]++;
        }

        Assert.IsTrue(counts.All(count => count is > 1800 and < 2200), string.Join(",", counts));
        Assert.AreEqual(0, random.Next(0));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => random.Next(-1));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => random.Next(2, 1));
    }
}
