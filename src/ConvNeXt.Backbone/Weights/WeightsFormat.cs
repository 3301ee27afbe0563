namespace ConvNeXt.Backbone.Weights;

/// <summary>The formats of weights files.</summary>
public enum WeightsFormat
{
    /// <summary>safetensors.</summary>
    Safetensors,

    /// <summary>A checkpoint of torch.save (.pth, .pt, .bin).</summary>
    PyTorch,
}

/// <summary>Tells the format of a file by its content.</summary>
internal static class WeightsFormats
{
    /// <summary>A zip or a pickle is PyTorch's; a safetensors file begins with a 64-bit length of which the upper bytes are zero, and then a brace.</summary>
    public static WeightsFormat Detect(string path)
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
