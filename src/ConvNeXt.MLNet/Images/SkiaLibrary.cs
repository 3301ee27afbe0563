using System.Runtime.CompilerServices;
using SkiaSharp;

namespace ConvNeXt.MLNet.Images;

/// <summary>
/// Errors of the SkiaSharp library itself, told from those of an image: an application may bring another version of it, or no native library for its
/// system. They must end the work, because every image would fail alike.
/// </summary>
internal static class SkiaLibrary
{
    private static int _preloaded;

    /// <summary>
    /// Begins to load the native library on a thread of the pool, once in a process, so that it is there when the first image is decoded. An error is left to that
    /// image, which gets it again.
    /// </summary>
    public static void Preload()
    {
        if (Interlocked.Exchange(ref _preloaded, 1) != 0) return;
        ThreadPool.UnsafeQueueUserWorkItem(
            static _ =>
            {
                try
                {
                    UseLibrary();
                }
                catch (Exception e) when (IsAtFault(e))
                {
                    // Said when an image is decoded.
                }
            },
            null);
    }

    /// <summary>Whether an exception means that the library, not the image, is at fault.</summary>
    public static bool IsAtFault(Exception e) => e
        is TypeLoadException // DllNotFoundException and EntryPointNotFoundException are such
        or TypeInitializationException
        or MissingMemberException
        or BadImageFormatException
        or FileNotFoundException
        or FileLoadException;

    /// <summary>The error for a library that cannot decode.</summary>
    public static InvalidOperationException CannotDecode(Exception e) => new(
        $"No image can be decoded, because SkiaSharp cannot be used: {Reason(e)} The application runs with {Version()}; 2.88, 3.119 and 4.155 are tested. "
        + "The packages SkiaSharp and SkiaSharp.NativeAssets for the operating system must be of the same version "
        + "(on Linux: SkiaSharp.NativeAssets.Linux.NoDependencies).",
        e);

    /// <summary>The error for an ML.NET that cannot give the pixels of its images.</summary>
    public static InvalidOperationException CannotReadMLImage(Exception e) => new(
        "The pixels of an MLImage cannot be read: ML.NET's image package is built for SkiaSharp 2.88, and the application runs with "
        + $"{Version()} ({Reason(e)}). Use a column of paths (text) or of encoded images (bytes) instead of MLImage, which work with SkiaSharp 3 and 4, too; or reference SkiaSharp 2.88.",
        e);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseLibrary() => _ = SKData.Empty;

    private static string Reason(Exception e) => (e is TypeInitializationException { InnerException: { } cause } ? cause : e).Message;

    private static string Version()
    {
        try
        {
            return $"SkiaSharp {LoadedVersion()}";
        }
        catch (Exception e) when (IsAtFault(e))
        {
            return "no SkiaSharp assembly";
        }
    }

    // By itself, so that a missing assembly is noticed where it is caught.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Version? LoadedVersion() => typeof(SKCodec).Assembly.GetName().Version;
}
