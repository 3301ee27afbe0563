using Google.Protobuf;

namespace ConvNeXt.Tests;

/// <summary>A protobuf message read without its schema: the values of each field in order; bytes are left for the caller to understand.</summary>
internal sealed class ProtobufMessage
{
    private readonly Dictionary<int, List<object>> _fields = [];

    public ProtobufMessage(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        while (!input.IsAtEnd)
        {
            uint tag = input.ReadTag();
            int field = WireFormat.GetTagFieldNumber(tag);
            if (!_fields.TryGetValue(field, out List<object>? values)) _fields[field] = values = [];
            values.Add(WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadInt64(),
                WireFormat.WireType.Fixed32 => input.ReadFloat(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes(),
                var other => throw new InvalidDataException($"Field {field} is {other}."),
            });
        }
    }

    public bool Has(int field) => _fields.ContainsKey(field);

    public long[] Numbers(int field) => [.. Values<long>(field)];

    public long Number(int field) => Values<long>(field).Single();

    public string[] Texts(int field) => [.. Values<ByteString>(field).Select(bytes => bytes.ToStringUtf8())];

    public string Text(int field) => Texts(field).Single();

    public byte[] Bytes(int field) => Values<ByteString>(field).Single().ToByteArray();

    public ProtobufMessage[] Messages(int field) => [.. Values<ByteString>(field).Select(bytes => new ProtobufMessage(bytes.ToByteArray()))];

    public ProtobufMessage Message(int field) => Messages(field).Single();

    private IEnumerable<T> Values<T>(int field) => _fields.TryGetValue(field, out List<object>? values) ? values.Cast<T>() : [];
}
