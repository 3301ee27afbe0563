using System.Security.Cryptography;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>Computes the SHA-256 of all bytes read through it, so that a file is read and verified in one pass. Does not own the inner stream.</summary>
internal sealed class HashingStream(Stream inner) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override bool CanRead => true;

    /// <summary>Whether <see cref="Length"/> and <see cref="Position"/> can be read. <see cref="Seek"/> is not supported.</summary>
    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException("A hashing stream can only be read from start to end.");
    }

    /// <summary>Reads the rest of the stream and returns the hash of all bytes as hexadecimal digits.</summary>
    public string HashToEnd()
    {
        byte[] rest = new byte[1 << 16];
        while (Read(rest) > 0)
        {
            // Only the hash is needed.
        }
        return Convert.ToHexString(_hash.GetHashAndReset());
    }

    public override int Read(Span<byte> buffer)
    {
        int read = inner.Read(buffer);
        _hash.AppendData(buffer[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A hashing stream can only be read from start to end.");

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }
}
