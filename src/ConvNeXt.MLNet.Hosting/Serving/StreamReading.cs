using System.Buffers;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>Reads an image of unknown length, but not more than allowed.</summary>
internal static class StreamReading
{
    private const int FirstLength = 64 << 10;

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="ImageTooLargeException">It has more bytes than allowed; no more than one was read.</exception>
    public static async Task<byte[]> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        if (stream.CanSeek) ImageTooLargeException.ThrowIfLonger(stream.Length - stream.Position, maxBytes);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstLength, maxBytes + 1));
        try
        {
            int count = 0;
            while (true)
            {
                int most = Math.Min(buffer.Length, maxBytes + 1);
                int read = await stream.ReadAsync(buffer.AsMemory(count, most - count), cancellationToken).ConfigureAwait(false);
                if (read == 0) return buffer[..count];
                count += read;
                if (count > maxBytes) throw new ImageTooLargeException(Invariant($"The image has more than {maxBytes:N0} bytes; no more are accepted."));
                if (count == buffer.Length) buffer = Grow(buffer, maxBytes);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer, int maxBytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * buffer.Length, maxBytes + 1L));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
