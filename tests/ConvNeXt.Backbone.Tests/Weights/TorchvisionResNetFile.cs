using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ConvNeXt.Tests.Weights;

/// <summary>
/// Writes the state of a ResNet as torchvision and timm publish it: their names, and PyTorch's batch counters as 64-bit integers.
/// </summary>
internal static class TorchvisionResNetFile
{
    private const int Expansion = 4;

    private static readonly string[] _batchNorm = ["weight", "bias", "running_mean", "running_var"];

    /// <summary>Names and shapes of a ResNet with bottleneck blocks, in the order of its state dict.</summary>
    /// <param name="depths">Blocks of each of the four layers.</param>
    /// <param name="width">64 for ResNet-50.</param>
    /// <param name="classes">Number of classes.</param>
    public static IEnumerable<(string Name, int[] Shape)> Tensors(IReadOnlyList<int> depths, int width, int classes)
    {
        yield return ("conv1.weight", [width, 3, 7, 7]);
        foreach (var tensor in Norm("bn1", width)) yield return tensor;
        int inputs = width;
        for (int layer = 1; layer <= depths.Count; layer++)
        {
            int planes = width << (layer - 1), outputs = planes * Expansion;
            for (int block = 0; block < depths[layer - 1]; block++)
            {
                string name = $"layer{layer}.{block}";
                yield return ($"{name}.conv1.weight", [planes, inputs, 1, 1]);
                foreach (var tensor in Norm($"{name}.bn1", planes)) yield return tensor;
                yield return ($"{name}.conv2.weight", [planes, planes, 3, 3]);
                foreach (var tensor in Norm($"{name}.bn2", planes)) yield return tensor;
                yield return ($"{name}.conv3.weight", [outputs, planes, 1, 1]);
                foreach (var tensor in Norm($"{name}.bn3", outputs)) yield return tensor;
                if (block == 0)
                {
                    yield return ($"{name}.downsample.0.weight", [outputs, inputs, 1, 1]);
                    foreach (var tensor in Norm($"{name}.downsample.1", outputs)) yield return tensor;
                }
                inputs = outputs;
            }
        }
        yield return ("fc.weight", [classes, inputs]);
        yield return ("fc.bias", [classes]);
    }

    /// <summary>Writes a safetensors file with a batch counter for each batch norm.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names, shapes and values.</param>
    public static void Write(string path, IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors)
    {
        var header = new Dictionary<string, object>();
        using var data = new MemoryStream();
        foreach (var (name, shape, values) in tensors)
        {
            Add(name, "F32", shape, MemoryMarshal.AsBytes(values.AsSpan()));
            if (name.EndsWith(".running_var", StringComparison.Ordinal))
                Add(name.Replace("running_var", "num_batches_tracked", StringComparison.Ordinal), "I64", [], BitConverter.GetBytes(7L));
        }
        byte[] json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header)), length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(path, [.. length, .. json, .. data.ToArray()]);

        void Add(string name, string type, int[] shape, ReadOnlySpan<byte> bytes)
        {
            header.Add(name, new { dtype = type, shape, data_offsets = new[] { data.Length, data.Length + bytes.Length } });
            data.Write(bytes);
        }
    }

    private static IEnumerable<(string, int[])> Norm(string name, int channels) => _batchNorm.Select(vector => ($"{name}.{vector}", new[] { channels }));
}
