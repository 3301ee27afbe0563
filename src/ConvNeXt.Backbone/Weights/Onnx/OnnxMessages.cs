using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>The messages of onnx.proto (IR version 8) that an exported network is made of, with their field numbers.</summary>
internal static class OnnxMessages
{
    internal const int FloatType = 1, ByteType = 2, SignedByteType = 3, LongType = 7, TextType = 8;

    /// <summary>NodeProto: input 1, output 2, name 3, op_type 4, attribute 5.</summary>
    internal static OnnxMessage Node(string operation, string name, IEnumerable<string> inputs, IEnumerable<string> outputs, params ReadOnlySpan<OnnxMessage> attributes)
    {
        var node = new OnnxMessage();
        foreach (string input in inputs) node.Add(1, input);
        foreach (string output in outputs) node.Add(2, output);
        node.Add(3, name).Add(4, operation);
        foreach (OnnxMessage attribute in attributes) node.Add(5, attribute);
        return node;
    }

    /// <summary>AttributeProto: name 1, f 2, i 3, s 4, ints 8, type 20.</summary>
    internal static OnnxMessage Attribute(string name, long value) => new OnnxMessage().Add(1, name).Add(3, value).Add(20, 2);

    internal static OnnxMessage Attribute(string name, float value) => new OnnxMessage().Add(1, name).Add(2, value).Add(20, 1);

    internal static OnnxMessage Attribute(string name, string value) => new OnnxMessage().Add(1, name).Add(4, value).Add(20, 3);

    internal static OnnxMessage Attribute(string name, params ReadOnlySpan<long> values)
    {
        OnnxMessage attribute = new OnnxMessage().Add(1, name);
        foreach (long value in values) attribute.Add(8, value);
        return attribute.Add(20, 7);
    }

    /// <summary>ValueInfoProto: name 1, type 2 (TypeProto: tensor_type 1 (elem_type 1, shape 2 (dim 1 (dim_value 1 or dim_param 2)))).</summary>
    /// <param name="name">Name of the input or output.</param>
    /// <param name="dimensions">Numbers, or names for dimensions that are free.</param>
    internal static OnnxMessage FloatTensor(string name, params ReadOnlySpan<object> dimensions) => Tensor(name, FloatType, dimensions);

    /// <summary>Like <see cref="FloatTensor"/>, of another type.</summary>
    internal static OnnxMessage Tensor(string name, int type, params ReadOnlySpan<object> dimensions)
    {
        var shape = new OnnxMessage();
        foreach (object dimension in dimensions)
            shape.Add(1, dimension is string free ? new OnnxMessage().Add(2, free) : new OnnxMessage().Add(1, (int)dimension));
        return new OnnxMessage().Add(1, name).Add(2, new OnnxMessage().Add(1, new OnnxMessage().Add(1, type).Add(2, shape)));
    }

    /// <summary>TensorProto without its data: dims 1, data_type 2, name 8; the data are field 9.</summary>
    internal static OnnxMessage TensorHead(string name, IEnumerable<int> dimensions, int type = FloatType)
    {
        var tensor = new OnnxMessage();
        foreach (int dimension in dimensions) tensor.Add(1, dimension);
        return tensor.Add(2, type).Add(8, name);
    }

    /// <summary>TensorProto of 8-bit numbers: raw_data 9.</summary>
    internal static OnnxMessage Constant(string name, IEnumerable<int> dimensions, sbyte[] values) =>
        TensorHead(name, dimensions, SignedByteType).Add(9, MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>TensorProto of a list of whole numbers: raw_data 9.</summary>
    internal static OnnxMessage Constant(string name, params ReadOnlySpan<long> values) =>
        new OnnxMessage().Add(1, values.Length).Add(2, LongType).Add(8, name).Add(9, MemoryMarshal.AsBytes(values));

    /// <summary>TensorProto of a list of texts: string_data 6.</summary>
    internal static OnnxMessage Constant(string name, IReadOnlyList<string> values)
    {
        OnnxMessage tensor = new OnnxMessage().Add(1, values.Count).Add(2, TextType).Add(8, name);
        foreach (string value in values) tensor.Add(6, value);
        return tensor;
    }

    /// <summary>StringStringEntryProto: key 1, value 2. OperatorSetIdProto: domain 1, version 2.</summary>
    internal static OnnxMessage Entry(string key, string value) => new OnnxMessage().Add(1, key).Add(2, value);

    internal static OnnxMessage OperatorSet(long version) => new OnnxMessage().Add(1, "").Add(2, version);
}
