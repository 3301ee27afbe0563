using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>libjpeg-turbo's stable C API (turbojpeg.h, unchanged since version 1.4; version 3 still has it).</summary>
internal static unsafe partial class TurboJpeg
{
    private const string Name = "turbojpeg";

    private static readonly string[] _fileNames = OperatingSystem.IsWindows() ? ["turbojpeg.dll", "libturbojpeg.dll"]
        : OperatingSystem.IsMacOS() ? ["libturbojpeg.0.dylib", "libturbojpeg.dylib"]
        : ["libturbojpeg.so.0", "libturbojpeg.so"];

    private static readonly nint _library = Load();

    /// <summary>TJPF_BGRA, TJPF_RGBA and TJPF_CMYK.</summary>
    public const int Bgra = 8, Rgba = 7, Cmyk = 11;

    /// <summary>TJFLAG_LIMITSCANS: a progressive file with more than 500 scans is an error, not minutes of work.</summary>
    public const int LimitScans = 32768;

    /// <summary>TJERR_WARNING: the picture was decoded, but the data was not as it should be.</summary>
    public const int Warning = 0;

    /// <summary>TJSAMP_420: two by two pixels share their colour difference.</summary>
    public const int Subsampling420 = 2;

    public static void CheckAvailable()
    {
        if (_library == 0)
            throw new DllNotFoundException($"JPEG images are decoded by libjpeg-turbo, and its library {_fileNames[0]} was not found. "
                + "Debian and Ubuntu have it in the package libturbojpeg0 or libturbojpeg (apt-get install libturbojpeg0).");
    }

    private static nint Load()
    {
        nint library = 0;
        foreach (string name in _fileNames)
            if (NativeLibrary.TryLoad(name, out library)) break;
        if (library != 0)
            NativeLibrary.SetDllImportResolver(typeof(TurboJpeg).Assembly, (name, _, _) => name == Name ? library : 0);
        return library;
    }

    public static string LastError(TurboJpegHandle handle) => Marshal.PtrToStringUTF8(ErrorText(handle)) ?? "unknown error";

    [LibraryImport(Name, EntryPoint = "tjInitDecompress")]
    public static partial nint InitDecompress();

    [LibraryImport(Name, EntryPoint = "tjInitCompress")]
    public static partial nint InitCompress();

    [LibraryImport(Name, EntryPoint = "tjDestroy")]
    public static partial int Destroy(nint handle);

    [LibraryImport(Name, EntryPoint = "tjDecompress2")]
    public static partial int Decompress(TurboJpegHandle handle, byte* data, CULong size, byte* pixels,
        int width, int pitch, int height, int pixelFormat, int flags);

    [LibraryImport(Name, EntryPoint = "tjCompress2")]
    public static partial int Compress(TurboJpegHandle handle, byte* pixels, int width, int pitch, int height, int pixelFormat,
        byte** data, CULong* size, int subsampling, int quality, int flags);

    [LibraryImport(Name, EntryPoint = "tjFree")]
    public static partial void Free(byte* buffer);

    [LibraryImport(Name, EntryPoint = "tjGetErrorCode")]
    public static partial int ErrorCode(TurboJpegHandle handle);

    [LibraryImport(Name, EntryPoint = "tjGetErrorStr2")]
    private static partial nint ErrorText(TurboJpegHandle handle);
}
