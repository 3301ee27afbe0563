using System.Text.Json;
using SkiaSharp;

namespace ConvNeXt.Pretraining.Pictures;

/// <summary>Decodes the pictures of all packages once, at bounded sizes, into one file of raw pixels and a list of what is where.</summary>
internal sealed class BankWriter(string bankFolder)
{
    private const int LargestPhotograph = 1280, LargestTexture = 512, LargestStamp = 288, SmallestSide = 96, SmallestLevel = 64;

    /// <summary>Share of pixels that may be somewhat transparent in a picture that is no stamp, and that must be wholly so in one that is.</summary>
    private const double FewTransparent = 0.02;

    /// <summary>Standard deviation of the pixels of a picture that shows something.</summary>
    private const double LeastContrast = 14;

    private const int Clear = 16, Opaque = 240;

    private readonly List<BankEntry> _entries = [];

    /// <summary>File of pixels in a bank's folder.</summary>
    public static string PixelsFile(string folder) => Path.Combine(folder, "pixels.bin");

    /// <summary>List of pictures in a bank's folder.</summary>
    public static string ListFile(string folder) => Path.Combine(folder, "pictures.json");

    /// <summary>Makes the bank; the list is written last, so that a bank with a list is whole.</summary>
    public void Write(IEnumerable<PicturePackage> packages, string picturesFolder)
    {
        Directory.CreateDirectory(bankFolder);
        using (var pixels = File.Create(PixelsFile(bankFolder)))
        {
            foreach (var package in packages)
            {
                int before = _entries.Count, unreadable = 0;
                foreach (var (path, read) in Chosen(package, Path.Combine(picturesFolder, package.FolderName)))
                {
                    using var bitmap = Decode(read());
                    if (bitmap is null) unreadable++;
                    else Add(package, Path.GetRelativePath(picturesFolder, path), bitmap, pixels);
                }

                Console.WriteLine($"{package.Name}: {_entries.Count - before} pictures as {package.Kind}, {unreadable} unreadable; {pixels.Position / 1e9:0.00} GB");
            }
        }

        File.WriteAllText(ListFile(bankFolder), JsonSerializer.Serialize(_entries));
    }

    private static IEnumerable<(string Path, Func<byte[]> Read)> Chosen(PicturePackage package, string folder)
    {
        if (package.Most == int.MaxValue)
        {
            foreach (var file in PictureFiles.Of(package, folder)) yield return file;
            yield break;
        }

        // Every n-th, so that all folders have their share. The archives stay open while their entries are read.
        int all = PictureFiles.Of(package, folder).Count(), at = 0;
        double each = Math.Max(1, (double)all / package.Most), next = 0;
        foreach (var file in PictureFiles.Of(package, folder))
        {
            if (at++ < next) continue;
            next += each;
            yield return file;
        }
    }

    private static SKBitmap? Decode(byte[] encoded)
    {
        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data);
        if (codec is null || Math.Min(codec.Info.Width, codec.Info.Height) < SmallestSide) return null;
        return SKBitmap.Decode(codec, new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul));
    }

    private void Add(PicturePackage package, string source, SKBitmap bitmap, Stream pixels)
    {
        bool isStamp = package.Kind is PictureKind.Stamps or PictureKind.Garments;
        var bounds = Bounds(bitmap, out double clear, out double notOpaque, out double contrast);
        if (isStamp ? clear < FewTransparent : notOpaque > FewTransparent || contrast < LeastContrast) return;
        int largest = isStamp ? LargestStamp : package.Kind == PictureKind.Textures ? LargestTexture : LargestPhotograph;
        using var cut = new SKBitmap();
        if (!isStamp) bounds = new SKRectI(0, 0, bitmap.Width, bitmap.Height);
        if (Math.Min(bounds.Width, bounds.Height) < SmallestSide / 2 || !bitmap.ExtractSubset(cut, bounds)) return;

        double scale = Math.Min(1, (double)largest / Math.Max(cut.Width, cut.Height));
        var levels = new List<BankLevel>();
        for (; ; scale /= 2)
        {
            int width = (int)Math.Round(cut.Width * scale), height = (int)Math.Round(cut.Height * scale);
            if (levels.Count > 0 && Math.Min(width, height) < SmallestLevel) break;
            using var level = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
            if (!cut.ScalePixels(level, SKFilterQuality.High)) return;
            levels.Add(new BankLevel(pixels.Position, width, height));
            pixels.Write(level.GetPixelSpan());
        }

        _entries.Add(new BankEntry(source, package.Kind, package.Weight, [.. levels]));
    }

    // The part that is not clear, the shares of pixels that are clear and not opaque, and the deviation of the green channel.
    private static SKRectI Bounds(SKBitmap bitmap, out double clear, out double notOpaque, out double contrast)
    {
        var pixels = bitmap.GetPixelSpan();
        int left = bitmap.Width, right = 0, top = bitmap.Height, bottom = 0;
        long clearCount = 0, notOpaqueCount = 0, sum = 0, squares = 0, count = (long)bitmap.Width * bitmap.Height;
        for (int y = 0; y < bitmap.Height; y++)
        {
            var row = pixels.Slice(y * bitmap.RowBytes, bitmap.Width * 4);
            for (int x = 0; x < bitmap.Width; x++)
            {
                int alpha = row[(x * 4) + 3], green = row[(x * 4) + 1];
                sum += green;
                squares += green * green;
                if (alpha < Opaque) notOpaqueCount++;
                if (alpha < Clear) clearCount++;
                else (left, right, top, bottom) = (Math.Min(left, x), Math.Max(right, x + 1), Math.Min(top, y), Math.Max(bottom, y + 1));
            }
        }

        (clear, notOpaque) = ((double)clearCount / count, (double)notOpaqueCount / count);
        double mean = (double)sum / count;
        contrast = Math.Sqrt(((double)squares / count) - (mean * mean));
        return new SKRectI(left, top, Math.Max(left, right), Math.Max(top, bottom));
    }
}
