using ConvNeXt.Tests;
using Microsoft.ML.Transforms.Image.Decoding;

namespace Compat.Tests.Images;

/// <summary>
/// Whatever bytes come: pixels of the size that the header says, or an error that says what is wrong; and no more memory than so few bytes can be worth.
/// </summary>
[TestClass]
public sealed class MutatedImageTests
{
    private const int Rounds = 3000;

    // The most that a few kilobytes can honestly be: one bit a pixel, deflated a thousandfold.
    private const long MaxAllocation = 128L << 20;

    [TestMethod]
    public void MutatedJpegs_GiveAPictureOrAClearError() =>
        Mutate(11, [.. new[] { "s420", "progressive", "restart", "grey", "cmyk", "s444" }
            .Select(name => File.ReadAllBytes(TestFolders.Data("images", name + ".jpg")))]);

    [TestMethod]
    public void MutatedPngs_GiveAPictureOrAClearError()
    {
        var random = new Random(12);
        Mutate(12, [.. new[] { (0, 1), (2, 8), (3, 4), (6, 16) }.Select(kind => new TestPng(13, 11, kind.Item1, kind.Item2, random).Encode())]);
    }

    [TestMethod]
    public void MutatedPngs_WithCorrectCheckSums_GiveAPictureOrAClearError()
    {
        var random = new Random(13);
        byte[][] files = [.. new[] { (0, 1), (2, 8), (3, 4), (6, 16) }
            .Select(kind => new TestPng(13, 11, kind.Item1, kind.Item2, random) { Interlaced = kind.Item1 == 2 }.Encode())];
        Mutate(13, files, RepairCheckSums);
    }

    [TestMethod]
    public void MutatedBmps_GiveAPictureOrAClearError()
    {
        var random = new Random(14);
        byte[] pixels = new byte[600];
        random.NextBytes(pixels);
        uint[] palette = [.. Enumerable.Range(0, 16).Select(i => (uint)i * 0x0F0E0D)];
        byte[] runs8 = [.. Enumerable.Range(0, 9).SelectMany(_ => new byte[] { 7, 3, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0 }), 0, 1];
        byte[] runs4 = [.. Enumerable.Range(0, 9).SelectMany(_ => new byte[] { 7, 0x35, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0 }), 0, 1];
        Mutate(14, [
            TestBmp.File(12, 9, 24, pixels), TestBmp.File(12, -9, 4, pixels[..72], palette: palette),
            TestBmp.File(12, 9, 8, runs8, compression: 1, palette: palette),
            TestBmp.File(12, 9, 4, runs4, compression: 2, palette: palette),
            TestBmp.File(12, 9, 32, pixels, compression: 3, masks: [0xFF0000, 0xFF00, 0xFF, 0xFF000000])]);
    }

    private static void Mutate(int seed, byte[][] files, Action<byte[]>? repair = null)
    {
        foreach (byte[] file in files) ImageDecoder.Decode(file);
        var random = new Random(seed);
        int errors = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] mutated = Mutated(files[round % files.Length], random);
            repair?.Invoke(mutated);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                DecodedImage image = ImageDecoder.Decode(mutated);
                Assert.AreEqual(image.Width * image.Height * 4, image.Pixels.Length);
            }
            catch (InvalidDataException e)
            {
                errors++;
                Assert.AreNotEqual("", e.Message);
            }
            Assert.IsTrue(GC.GetAllocatedBytesForCurrentThread() - before < MaxAllocation, $"round {round}");
        }
        Assert.IsTrue(errors > Rounds / 10, $"only {errors} of {Rounds} mutations were noticed");
    }

    private static byte[] Mutated(byte[] file, Random random)
    {
        byte[] bytes = (byte[])file.Clone();
        // Half of the changes hit the headers.
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            int at = random.Next(2) == 0 ? random.Next(2, Math.Min(80, bytes.Length)) : random.Next(2, bytes.Length);
            bytes[at] = random.Next(4) switch { 0 => 0, 1 => 255, 2 => (byte)(bytes[at] ^ 1 << random.Next(8)), _ => (byte)random.Next(256) };
        }
        return random.Next(4) switch
        {
            0 => bytes[..random.Next(2, bytes.Length)],
            1 => [.. bytes[..(bytes.Length / 2)], .. bytes[random.Next(bytes.Length)..]],
            _ => bytes,
        };
    }

    private static void RepairCheckSums(byte[] file)
    {
        int at = 8;
        while (at + 12 <= file.Length)
        {
            long length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (at + 12 + length > file.Length) return;
            uint sum = Crc32.Compute(file.AsSpan(at + 4, (int)length + 4));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + (int)length), sum);
            at += 12 + (int)length;
        }
    }
}
