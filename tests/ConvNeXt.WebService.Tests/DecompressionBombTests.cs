using System.Net;

namespace ConvNeXt.Tests;

/// <summary>A small file that would be a huge picture is refused before it is decoded.</summary>
[TestClass]
[DoNotParallelize]
public sealed class DecompressionBombTests
{
    private const int Side = 30_000;

    private const long MostBytes = 50 << 20;

    [TestMethod]
    public async Task APngOf900Megapixels_CostsUnder50Megabytes()
    {
        byte[] bomb = BadPictures.CreatePng(Side, Side);
        Assert.IsLessThan(3_000_000, bomb.Length);
        await using ServedApp app = await ServedApp.StartAsync();
        using HttpResponseMessage before = await app.PostAsync(Pictures.Encoded[0]);
        Assert.AreEqual(HttpStatusCode.OK, before.StatusCode);
        GC.Collect();
        long start = PeakMemory.Restart();
        using HttpResponseMessage response = await app.PostAsync(bomb, "image/png");
        long most = PeakMemory.Read();
        await ServedApp.IsProblemAsync(HttpStatusCode.RequestEntityTooLarge, "30000 x 30000 pixels", response);
        Assert.IsLessThan(MostBytes, most - start);
    }

    /// <summary>The largest resident memory of this process since a moment, as Linux counts it.</summary>
    private static class PeakMemory
    {
        public static long Restart()
        {
            try
            {
                File.WriteAllText("/proc/self/clear_refs", "5");
                return Read();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Assert.Inconclusive("Skipped: needs the memory peak of a process that can be reset (/proc/self/clear_refs of Linux).");
                throw;
            }
        }

        public static long Read()
        {
            string line = File.ReadLines("/proc/self/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
        }
    }
}
