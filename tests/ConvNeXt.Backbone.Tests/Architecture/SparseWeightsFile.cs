using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace ConvNeXt.Tests.Architecture;

/// <summary>A safetensors file with a true header and zeros for values, which file systems keep without space.</summary>
internal static class SparseWeightsFile
{
    public static string Write(string path, IEnumerable<(string Name, ImmutableArray<int> Shape)> tensors, string type = "F32", int elementSize = 4)
    {
        long end = 0;
        var header = new Dictionary<string, object>();
        foreach (var (name, shape) in tensors)
        {
            long begin = end;
            end += shape.Aggregate((long)elementSize, (product, dimension) => product * dimension);
            header.Add(name, new { dtype = type, shape, data_offsets = new[] { begin, end } });
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        file.Write(length);
        file.Write(json);
        file.SetLength(length.Length + json.Length + end);
        return path;
    }
}
