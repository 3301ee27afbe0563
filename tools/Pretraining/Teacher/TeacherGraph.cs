using System.Text;
using Google.Protobuf;

namespace ConvNeXt.Pretraining.Teacher;

/// <summary>
/// Rewrites the teacher's ONNX file, made for one picture at a time, for batches: what it says about shapes is left out, but for an input of any number of pictures, and
/// the maps that are wanted become its outputs. Only the fields of the ONNX format that have to change are known here.
/// </summary>
internal static class TeacherGraph
{
    private const int ModelGraph = 7, GraphInput = 11, GraphOutput = 12, GraphValueInfo = 13;
    private const int Float = 1;

    /// <summary>The file for batches.</summary>
    /// <param name="model">The original file.</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="side">Side of the pictures.</param>
    /// <param name="outputs">Names of the values that become outputs, with their channels.</param>
    public static byte[] ForBatches(byte[] model, string input, int side, IReadOnlyList<(string Name, int Channels)> outputs) => Write(to =>
    {
        CopyFields(model, to, keep: field => field != ModelGraph, (field, value) => WriteBytes(to, field, Write(graph =>
        {
            CopyFields(value, graph, keep: inner => inner is not (GraphInput or GraphOutput or GraphValueInfo), (_, _) => { });
            WriteBytes(graph, GraphInput, ValueInfo(input, 3, side));
            foreach (var (name, channels) in outputs) WriteBytes(graph, GraphOutput, ValueInfo(name, channels, 0));
        })));
    });

    // Fields that are not kept are handed on instead.
    private static void CopyFields(byte[] message, CodedOutputStream to, Func<int, bool> keep, Action<int, byte[]> instead)
    {
        var from = new CodedInputStream(message);
        while (from.ReadTag() is var tag and not 0)
        {
            int field = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    var value = from.ReadBytes();
                    if (keep(field)) WriteBytes(to, field, value.ToByteArray());
                    else instead(field, value.ToByteArray());
                    break;
                case WireFormat.WireType.Varint:
                    ulong number = from.ReadUInt64();
                    to.WriteTag(tag);
                    to.WriteUInt64(number);
                    break;
                default:
                    throw new InvalidDataException($"The teacher's file has a field of wire type {WireFormat.GetTagWireType(tag)}, which no ONNX model has here.");
            }
        }
    }

    // name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 { dim_value = 1 or dim_param = 2 } } } }
    private static byte[] ValueInfo(string name, int channels, int side)
    {
        byte[] shape = Write(to =>
        {
            WriteBytes(to, 1, Write(free => WriteBytes(free, 2, Encoding.UTF8.GetBytes("batch"))));
            WriteBytes(to, 1, Number(1, channels));
            for (int axis = 0; axis < 2; axis++)
                WriteBytes(to, 1, side > 0 ? Number(1, side) : Write(free => WriteBytes(free, 2, Encoding.UTF8.GetBytes($"{name}_{axis}"))));
        });
        byte[] tensor = Write(to =>
        {
            to.WriteTag(1, WireFormat.WireType.Varint);
            to.WriteInt32(Float);
            WriteBytes(to, 2, shape);
        });
        return Write(to =>
        {
            WriteBytes(to, 1, Encoding.UTF8.GetBytes(name));
            WriteBytes(to, 2, Write(type => WriteBytes(type, 1, tensor)));
        });
    }

    private static byte[] Number(int field, int value) => Write(to =>
    {
        to.WriteTag(field, WireFormat.WireType.Varint);
        to.WriteInt32(value);
    });

    private static void WriteBytes(CodedOutputStream to, int field, byte[] value)
    {
        to.WriteTag(field, WireFormat.WireType.LengthDelimited);
        to.WriteBytes(ByteString.CopyFrom(value));
    }

    private static byte[] Write(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var to = new CodedOutputStream(memory, leaveOpen: true)) write(to);
        return memory.ToArray();
    }
}
