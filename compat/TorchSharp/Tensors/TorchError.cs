using System.Runtime.InteropServices;

namespace TorchSharp.Tensors;

/// <summary>What libtorch reports reaches a caller of TorchSharp as an ExternalException; so it does here.</summary>
internal static class TorchError
{
    public static ExternalException Of(string message) => new(message);

    public static void Unless(bool condition, string message)
    {
        if (!condition) throw Of(message);
    }
}
