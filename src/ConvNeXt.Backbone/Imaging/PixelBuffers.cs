using System.Buffers;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// An image that is being modified, and a second buffer of the same size for operations that cannot work in place; both are rented. Each has four extra bytes
/// after its last pixel, so that a pixel can be read as four bytes.
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

    /// <summary><see cref="Pixels"/> plus the four extra bytes.</summary>
    internal readonly ReadOnlySpan<byte> PaddedPixels => _pixels.AsSpan(0, Length + sizeof(uint));

    /// <summary>The second buffer; its contents are undefined.</summary>
    internal Span<byte> Spare => (_spare ??= Rent()).AsSpan(0, Length);

    /// <summary>Swaps the buffers, so that the second one becomes the image.</summary>
    internal void Swap() => (_pixels, _spare) = (_spare ?? Rent(), _pixels);

    /// <summary>Returns the buffers to the pool. To be called once, by the owner.</summary>
    public readonly void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_pixels);
        if (_spare is not null) ArrayPool<byte>.Shared.Return(_spare);
    }

    private readonly byte[] Rent() => ArrayPool<byte>.Shared.Rent(Length + sizeof(uint));
}
