using System.Security.Cryptography;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>Hashes (SHA-256) what is read through it, so that a file is checked and read in one pass. Does not own the stream below.</summary>
internal sealed class HashingStream(Stream inner) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override bool CanRead => true;

    /// <summary>Says whether <see cref="Length"/> and <see cref="Position"/> are known.</summary>
    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException("What is hashed is read from front to back.");
    }

    /// <summary>The hash of everything to the end, which is read where it has not been; in hexadecimal digits.</summary>
    public string HashToEnd()
    {
        byte[] rest = new byte[1 << 16];
        while (Read(rest) > 0)
        {
            // Only the hash is wanted.
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

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("What is hashed is read from front to back.");

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
