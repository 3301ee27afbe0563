using System.Runtime.InteropServices;

namespace ConvNeXt.MLNet.Images;

/// <summary>Keeps an array in its place while native code uses it.</summary>
internal sealed class PinnedBytes(byte[] bytes) : IDisposable
{
    private GCHandle _handle = GCHandle.Alloc(bytes, GCHandleType.Pinned);

    public nint Address => _handle.AddrOfPinnedObject();

    /// <inheritdoc/>
    public void Dispose() => _handle.Free();
}
