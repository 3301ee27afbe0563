using System.Buffers.Binary;

namespace ConvNeXt.Benchmarks;

/// <summary>A folder of generated images, for benchmarks that are run without photographs.</summary>
internal static class NoiseImageFolder
{
    private const int PerClass = 40, HeaderBytes = 54;

    /// <summary>Writes noise in the size of small photographs as BMP files, in two classes; within a class no two images have the same size.</summary>
    /// <param name="smallest">Width of the smallest one, a multiple of four.</param>
    /// <returns>The folder, a new one in the system's temporary folder.</returns>
    public static string Create(int smallest = 320)
    {
        string folder = Directory.CreateTempSubdirectory("convnext-bench-").FullName;
        var random = new Random(1);
        foreach (string label in new[] { "bright", "dark" })
        {
            Directory.CreateDirectory(Path.Combine(folder, label));
            for (int i = 0; i < PerClass; i++)
            {
                int width = smallest + 4 * i, height = smallest * 3 / 4 + 3 * i; // rows of a multiple of four bytes need no padding
                byte[] file = new byte[HeaderBytes + width * height * 3];
                random.NextBytes(file);
                if (label == "dark") foreach (ref byte value in file.AsSpan()) value /= 4;
                file.AsSpan(0, HeaderBytes).Clear();
                "BM"u8.CopyTo(file);
                (int At, int Value)[] header = [(2, file.Length), (10, HeaderBytes), (14, 40), (18, width), (22, height), (26, 1 | 24 << 16)];
                foreach ((int at, int value) in header) BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
                File.WriteAllBytes(Path.Combine(folder, label, $"{i}.bmp"), file);
            }
        }
        return folder;
    }
}
