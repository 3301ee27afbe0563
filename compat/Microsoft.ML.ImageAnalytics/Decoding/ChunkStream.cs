namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>Pieces of memory read as one stream, without copying them together.</summary>
internal sealed class ChunkStream(IReadOnlyList<ReadOnlyMemory<byte>> chunks) : Stream
{
    private int _next;
    private ReadOnlyMemory<byte> _current;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (_current.IsEmpty)
        {
            if (_next == chunks.Count) return 0;
            _current = chunks[_next++];
        }
        int count = Math.Min(buffer.Length, _current.Length);
        _current.Span[..count].CopyTo(buffer);
        _current = _current[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
