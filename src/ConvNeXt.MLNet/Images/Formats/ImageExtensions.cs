namespace ConvNeXt.MLNet.Images.Formats;

/// <summary>Extensions of image files.</summary>
internal static class ImageExtensions
{
    private static readonly string[] Decoded = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".ico", ".wbmp"];

    private static readonly HashSet<string> DecodedSet = new(Decoded, StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> OtherPictures = new(
        [".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jxl", ".svg", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".tga", ".ppm", ".pgm"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The extensions that are decoded, for messages.</summary>
    public static string List => string.Join(", ", Decoded);

    /// <summary>Whether a file is taken for an image that can be decoded.</summary>
    public static bool IsDecoded(string path) => DecodedSet.Contains(Path.GetExtension(path));

    /// <summary>Whether a file is a picture in a format that is not decoded.</summary>
    public static bool IsOtherPicture(string path) => OtherPictures.Contains(Path.GetExtension(path));
}
