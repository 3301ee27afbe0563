using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights.PyTorch;

// The values of a pickle, besides null, bool, long, double, string and byte[]. All of them are plain data.

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A list or a set.</summary>
internal sealed class PickleList
{
    internal List<object?> Items { get; } = [];
}

/// <summary>A dictionary, in insertion order.</summary>
internal sealed class PickleDictionary
{
    internal List<KeyValuePair<object?, object?>> Items { get; } = [];

    internal bool TryGet(string key, out object? value)
    {
        foreach (var item in Items)
            if (item.Key is string name && name == key)
            {
                value = item.Value;
                return true;
            }
        value = null;
        return false;
    }
}

/// <summary>An integer of more than 64 bits; only used for the magic number of the legacy container.</summary>
internal sealed record PickleBigInteger(System.Numerics.BigInteger Value);

/// <summary>An object that a training script stored beside the weights, such as its arguments. Ignored.</summary>
internal sealed record PickleInert(string Type);

/// <summary>A name on the allow-list, before it is used.</summary>
internal sealed record PickleGlobal(string Name, GlobalMeaning Meaning, TorchElementType? Storage = null);

/// <summary>Meaning of a name on the allow-list.</summary>
internal enum GlobalMeaning
{
    Dictionary,
    Tuple,
    Tensor,
    Parameter,
    StorageType,
    Inert,
}
