namespace ConvNeXt.Backbone.Weights;

/// <summary>File formats of weights.</summary>
public enum WeightsFormat
{
    /// <summary>The safetensors format.</summary>
    Safetensors,

    /// <summary>A PyTorch checkpoint written by torch.save (.pth, .pt, .bin).</summary>
    PyTorch,
}

/// <summary>Detects the format of a file from its content.</summary>
internal static class WeightsFormats
{
    /// <summary>
    /// A zip file or a pickle is a PyTorch checkpoint. A safetensors file starts with a 64-bit length, whose upper bytes are zero, and a brace.
    /// </summary>
    public static WeightsFormat Detect(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[9];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read >= 4 && start.StartsWith("PK\x03\x04"u8)) return WeightsFormat.PyTorch;
        if (read >= 9 && start[8] == (byte)'{' && start[5] == 0 && start[6] == 0 && start[7] == 0) return WeightsFormat.Safetensors;
        if (read >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5) return WeightsFormat.PyTorch;
        throw new InvalidDataException($"{path}: not a safetensors file or a PyTorch checkpoint.");
    }
}
