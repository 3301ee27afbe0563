using System.Collections.Frozen;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>
/// The only names that a pickle may refer to, and their meaning. Names are looked up in this table only: no type is loaded by name and nothing is called.
/// </summary>
internal static class AllowedGlobals
{
    private static readonly FrozenDictionary<string, PickleGlobal> Table = new PickleGlobal[]
    {
        new("collections.OrderedDict", GlobalMeaning.Dictionary),
        new("torch.Size", GlobalMeaning.Tuple),
        new("torch._utils._rebuild_tensor_v2", GlobalMeaning.Tensor),
        new("torch._utils._rebuild_parameter", GlobalMeaning.Parameter),
        new("torch.FloatStorage", GlobalMeaning.StorageType, TorchElementType.Float),
        new("torch.DoubleStorage", GlobalMeaning.StorageType, TorchElementType.Double),
        new("torch.HalfStorage", GlobalMeaning.StorageType, TorchElementType.Half),
        new("torch.BFloat16Storage", GlobalMeaning.StorageType, TorchElementType.BFloat16),
        new("torch.ByteStorage", GlobalMeaning.StorageType, TorchElementType.Byte),
        new("torch.CharStorage", GlobalMeaning.StorageType, TorchElementType.Char),
        new("torch.ShortStorage", GlobalMeaning.StorageType, TorchElementType.Short),
        new("torch.IntStorage", GlobalMeaning.StorageType, TorchElementType.Int),
        new("torch.LongStorage", GlobalMeaning.StorageType, TorchElementType.Long),
        new("torch.BoolStorage", GlobalMeaning.StorageType, TorchElementType.Bool),

        // Stored by training scripts beside the weights: command-line arguments, and metrics as NumPy scalars.
        new("argparse.Namespace", GlobalMeaning.Inert),
        new("numpy.dtype", GlobalMeaning.Inert),
        new("numpy.core.multiarray.scalar", GlobalMeaning.Inert),
        new("numpy._core.multiarray.scalar", GlobalMeaning.Inert),
        new("_codecs.encode", GlobalMeaning.Inert),
    }.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);

    /// <summary>Looks up a name.</summary>
    /// <exception cref="InvalidDataException">The name is not in the table; the message contains it and the operation that refers to it.</exception>
    internal static PickleGlobal Find(string module, string name, PickleOperation operation, long position) =>
        Table.TryGetValue($"{module}.{name}", out var entry)
            ? entry
            : throw new InvalidDataException(
                $"the pickle refers to '{module}.{name}' (operation {operation} at byte {position}), which is not allowed in a weights file; nothing was run");
}
