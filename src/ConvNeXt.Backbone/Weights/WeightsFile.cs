using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Backbone.Weights;

/// <summary>The formats of weights files.</summary>
public enum WeightsFormat
{
    /// <summary>safetensors.</summary>
    Safetensors,

    /// <summary>A checkpoint of torch.save (.pth, .pt, .bin).</summary>
    PyTorch,
}

/// <summary>What a weights file holds, whatever its format and whoever named its tensors.</summary>
/// <param name="Weights">The weights under official names, as float32.</param>
/// <param name="Format">The file's format, told by its content and not by its name.</param>
/// <param name="Naming">Whose names the file uses.</param>
/// <param name="StoredTypes">The element types in the file.</param>
public sealed record WeightsFile(WeightSet Weights, WeightsFormat Format, WeightNaming Naming, IReadOnlyList<SafetensorsType> StoredTypes)
{
    /// <summary>Reads a weights file: safetensors or a PyTorch checkpoint, with official, timm, torchvision or Hugging Face names.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is neither, is damaged, or asks for what weights are not made of; the message names the file and what is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightsFile Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using WeightReader reader = WeightReader.Open(path);
        return new WeightsFile(reader.ReadAll(), reader.Format, reader.Naming, reader.StoredTypes);
    }

    /// <summary>A zip or a pickle is PyTorch's; a safetensors file begins with a 64-bit length of which the upper bytes are zero, and then a brace.</summary>
    internal static WeightsFormat DetectFormat(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[9];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read >= 4 && start.StartsWith("PK\x03\x04"u8)) return WeightsFormat.PyTorch;
        if (read >= 9 && start[8] == (byte)'{' && start[5] == 0 && start[6] == 0 && start[7] == 0) return WeightsFormat.Safetensors;
        if (read >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5) return WeightsFormat.PyTorch;
        throw new InvalidDataException($"{path}: this is neither a safetensors file nor a checkpoint of torch.save.");
    }
}
