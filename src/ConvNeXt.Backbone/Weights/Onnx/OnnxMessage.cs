using Google.Protobuf;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// One protobuf message being put together field by field. ONNX files are written on the wire format directly: the few messages that a network needs, named in
/// <see cref="OnnxMessages"/>, and tensors of hundreds of megabytes that must not be held twice.
/// </summary>
internal sealed class OnnxMessage
{
    private readonly MemoryStream _bytes = new();
    private readonly CodedOutputStream _output;

    internal OnnxMessage() => _output = new CodedOutputStream(_bytes, leaveOpen: true);

    internal OnnxMessage Add(int field, long value)
    {
        _output.WriteTag(field, WireFormat.WireType.Varint);
        _output.WriteInt64(value);
        return this;
    }

    internal OnnxMessage Add(int field, float value)
    {
        _output.WriteTag(field, WireFormat.WireType.Fixed32);
        _output.WriteFloat(value);
        return this;
    }

    internal OnnxMessage Add(int field, string value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteString(value);
        return this;
    }

    internal OnnxMessage Add(int field, OnnxMessage value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteBytes(ByteString.CopyFrom(value.ToArray()));
        return this;
    }

    internal OnnxMessage Add(int field, ReadOnlySpan<byte> value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteBytes(ByteString.CopyFrom(value));
        return this;
    }

    /// <summary>The tag and the length of a field whose bytes follow from elsewhere.</summary>
    internal OnnxMessage Announce(int field, long length)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteUInt64((ulong)length);
        return this;
    }

    internal byte[] ToArray()
    {
        _output.Flush();
        return _bytes.ToArray();
    }
}
