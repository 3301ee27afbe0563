using Microsoft.ML.Data;

namespace QuickStart.Parts;

/// <summary>Writes the labeled images of the sample: one folder per part, the same bytes each time.</summary>
internal static class PartPictures
{
    private const int Size = 96;
    private const int Seed = 20260101;

    /// <summary>Number of images of each part.</summary>
    public const int PerShape = 200;

    /// <summary>Increase it when the drawing changes, so that images of an earlier build are replaced.</summary>
    private const int DrawingVersion = 2;

    /// <summary>Creates the images in <paramref name="folder"/>, unless the same set already exists.</summary>
    public static void Write(string folder)
    {
        string complete = Path.Combine(folder, ".complete");
        string set = $"version {DrawingVersion}, {PerShape} of each shape, {Size} pixels, seed {Seed}";
        if (File.Exists(complete) && File.ReadAllText(complete) == set) return;
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        PartShape[] shapes = Enum.GetValues<PartShape>();
        foreach (PartShape shape in shapes) Directory.CreateDirectory(Path.Combine(folder, FolderName(shape)));
        Parallel.For(0, shapes.Length * PerShape, i =>
        {
            PartShape shape = shapes[i / PerShape];
            byte[] pixels = new PartRenderer(Size).Draw(shape, new Random(Scatter(Seed + i)));
            using MLImage image = MLImage.CreateFromPixels(Size, Size, MLPixelFormat.Rgba32, pixels);
            image.Save(Path.Combine(folder, FolderName(shape), $"{i % PerShape:000}.png"));
        });
        File.WriteAllText(complete, set);
    }

    /// <summary>Spreads consecutive seeds, because System.Random starts with similar values for neighboring seeds.</summary>
    private static int Scatter(int seed) => unchecked(seed * -1640531527);

    private static string FolderName(PartShape shape) => shape == PartShape.HexNut ? "hex-nut" : shape.ToString().ToLowerInvariant();
}
