using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// One native (de)compressor. It is not for two threads at once, so each use rents one; the idle ones are kept, as making one costs a few allocations.
/// </summary>
internal sealed class TurboJpegHandle : SafeHandle
{
    private static readonly ConcurrentBag<TurboJpegHandle> _idleDecompressors = [];

    private TurboJpegHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        if (handle == 0) throw new InvalidOperationException("libjpeg-turbo could not make a (de)compressor; it is out of memory.");
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    public static TurboJpegHandle RentDecompressor()
    {
        TurboJpeg.CheckAvailable();
        return _idleDecompressors.TryTake(out var idle) ? idle : new TurboJpegHandle(TurboJpeg.InitDecompress());
    }

    public static void ReturnDecompressor(TurboJpegHandle handle) => _idleDecompressors.Add(handle);

    public static TurboJpegHandle CreateCompressor()
    {
        TurboJpeg.CheckAvailable();
        return new TurboJpegHandle(TurboJpeg.InitCompress());
    }

    protected override bool ReleaseHandle() => TurboJpeg.Destroy(handle) == 0;
}
