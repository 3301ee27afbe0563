using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>A graph in the making: nodes in the order in which they compute, and the tensors that they read. Values are named by what makes them.</summary>
internal sealed class OnnxGraph
{
    private readonly List<OnnxMessage> _nodes = [];
    private readonly List<(OnnxMessage Head, float[] Values, int Rows, int Columns)> _tensors = [];
    private readonly List<OnnxMessage> _constants = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Adds a node and returns the name of its output.</summary>
    internal string Node(string operation, string name, IEnumerable<string> inputs, params ReadOnlySpan<OnnxMessage> attributes)
    {
        Node(operation, name, inputs, [name], attributes);
        return name;
    }

    /// <summary>Adds a node with several outputs.</summary>
    internal void Node(string operation, string name, IEnumerable<string> inputs, string[] outputs, params ReadOnlySpan<OnnxMessage> attributes)
    {
        foreach (string output in outputs)
            if (!_names.Add(output)) throw new InvalidOperationException($"There is already a value '{output}' in the graph.");
        _nodes.Add(OnnxMessages.Node(operation, name, inputs, outputs, attributes));
    }

    /// <summary>Adds a tensor of the network as it is and returns its name.</summary>
    internal string Tensor(string name, ImmutableArray<int> shape, float[] values)
    {
        if (_names.Add(name)) _tensors.Add((OnnxMessages.TensorHead(name, shape), values, 0, 0));
        return name;
    }

    /// <summary>Adds a matrix (out, in) the other way round, (in, out), as MatMul wants it. It is turned while it is written.</summary>
    internal string Transposed(string name, ImmutableArray<int> shape, float[] values)
    {
        if (_names.Add(name)) _tensors.Add((OnnxMessages.TensorHead(name, [shape[1], shape[0]]), values, shape[0], shape[1]));
        return name;
    }

    /// <summary>Adds a tensor of 8-bit numbers and returns its name.</summary>
    internal string Tensor(string name, ImmutableArray<int> shape, sbyte[] values)
    {
        if (_names.Add(name)) _constants.Add(OnnxMessages.Constant(name, shape, values));
        return name;
    }

    /// <summary>Adds a constant and returns its name; a name that is there already is taken to be the same constant.</summary>
    internal string Scalar(string name, float value) => Tensor(name, [], [value]);

    /// <summary>Adds a list of whole numbers and returns its name; a name that is there already is taken to be the same list.</summary>
    internal string Constant(string name, params ReadOnlySpan<long> values)
    {
        if (_names.Add(name)) _constants.Add(OnnxMessages.Constant(name, values));
        return name;
    }

    /// <summary>Adds a list of texts and returns its name.</summary>
    internal string Constant(string name, IReadOnlyList<string> values)
    {
        if (_names.Add(name)) _constants.Add(OnnxMessages.Constant(name, values));
        return name;
    }

    /// <summary>Writes the GraphProto: node 1, name 2, initializer 5, input 11, output 12.</summary>
    internal void Write(
        Stream stream, OnnxMessage modelHead, int graphField, string name, OnnxMessage input, params ReadOnlySpan<OnnxMessage> outputs)
    {
        var start = new OnnxMessage();
        foreach (OnnxMessage node in _nodes) start.Add(1, node);
        start.Add(2, name);
        var end = new OnnxMessage();
        foreach (OnnxMessage constant in _constants) end.Add(5, constant);
        end.Add(11, input);
        foreach (OnnxMessage output in outputs) end.Add(12, output);
        byte[] before = start.ToArray(), after = end.ToArray();
        byte[][] heads = [.. _tensors.Select(Head)];
        long length = before.LongLength + after.LongLength;
        for (int i = 0; i < heads.Length; i++) length += heads[i].LongLength + _tensors[i].Values.LongLength * sizeof(float);
        if (length > int.MaxValue)
            throw new NotSupportedException($"The network takes {length} bytes; an ONNX file in one piece can have at most {int.MaxValue}.");

        stream.Write(modelHead.Announce(graphField, length).ToArray());
        stream.Write(before);
        for (int i = 0; i < heads.Length; i++)
        {
            stream.Write(heads[i]);
            WriteValues(stream, _tensors[i]);
        }
        stream.Write(after);
    }

    /// <summary>Everything of an initializer up to its first value: its own tag and length, its head, and the tag and length of its data.</summary>
    private static byte[] Head((OnnxMessage Head, float[] Values, int Rows, int Columns) tensor)
    {
        long data = tensor.Values.LongLength * sizeof(float);
        byte[] inside = [.. tensor.Head.ToArray(), .. new OnnxMessage().Announce(9, data).ToArray()];
        return [.. new OnnxMessage().Announce(5, inside.LongLength + data).ToArray(), .. inside];
    }

    private static void WriteValues(Stream stream, (OnnxMessage Head, float[] Values, int Rows, int Columns) tensor)
    {
        if (tensor.Rows == 0)
        {
            stream.Write(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
            return;
        }
        float[] line = ArrayPool<float>.Shared.Rent(tensor.Rows);
        for (int column = 0; column < tensor.Columns; column++)
        {
            for (int row = 0; row < tensor.Rows; row++) line[row] = tensor.Values[(long)row * tensor.Columns + column];
            stream.Write(MemoryMarshal.AsBytes(line.AsSpan(0, tensor.Rows)));
        }
        ArrayPool<float>.Shared.Return(line);
    }
}
