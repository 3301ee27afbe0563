using System.Buffers;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// An image that is being changed, and a second buffer of its size for operations that cannot work in place; both are rented. Each has room for four bytes
/// after its last pixel, so that a pixel may be read as four bytes.
/// </summary>
internal ref struct PixelBuffers : IDisposable
{
    internal const int Channels = 3;

    private byte[] _pixels;
    private byte[]? _spare;

    internal PixelBuffers(int width, int height)
    {
        (Width, Height) = (width, height);
        _pixels = Rent();
    }

    internal int Width { get; }

    internal int Height { get; }

    internal readonly int Length => Width * Height * Channels;

    /// <summary>The image, [Height, Width, 3].</summary>
    internal readonly Span<byte> Pixels => _pixels.AsSpan(0, Length);

    /// <summary>As <see cref="Pixels"/>, with the four bytes after them.</summary>
    internal readonly ReadOnlySpan<byte> PaddedPixels => _pixels.AsSpan(0, Length + sizeof(uint));

    /// <summary>The other buffer, with whatever it holds.</summary>
    internal Span<byte> Spare => (_spare ??= Rent()).AsSpan(0, Length);

    /// <summary>What was written to the other buffer becomes the image.</summary>
    internal void Swap() => (_pixels, _spare) = (_spare ?? Rent(), _pixels);

    /// <summary>Gives the buffers back; for the one who made them, once.</summary>
    public readonly void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_pixels);
        if (_spare is not null) ArrayPool<byte>.Shared.Return(_spare);
    }

    private readonly byte[] Rent() => ArrayPool<byte>.Shared.Rent(Length + sizeof(uint));
}
