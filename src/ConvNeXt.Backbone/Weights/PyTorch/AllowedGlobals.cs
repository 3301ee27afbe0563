using System.Collections.Frozen;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>
/// The only names that a pickle may mention, and what each means here. A name is looked up in this table and nowhere else: no type is loaded by name and nothing is called.
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

        // What training scripts keep beside the weights: the command line's arguments, and metrics as NumPy scalars.
        new("argparse.Namespace", GlobalMeaning.Inert),
        new("numpy.dtype", GlobalMeaning.Inert),
        new("numpy.core.multiarray.scalar", GlobalMeaning.Inert),
        new("numpy._core.multiarray.scalar", GlobalMeaning.Inert),
        new("_codecs.encode", GlobalMeaning.Inert),
    }.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);

    /// <summary>Looks a name up.</summary>
    /// <exception cref="InvalidDataException">It is not in the table; the message names it and the operation that asked for it.</exception>
    internal static PickleGlobal Find(string module, string name, PickleOperation operation, long position) =>
        Table.TryGetValue($"{module}.{name}", out var entry)
            ? entry
            : throw new InvalidDataException($"the pickle asks for '{module}.{name}' (operation {operation} at byte {position}), which weights are not made of; nothing was run");
}
