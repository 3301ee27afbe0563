using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights.PyTorch;

// What a pickle can hold here, besides null, bool, long, double, string and byte[]. All of it is inert data: nothing in it has behaviour.

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A list or a set.</summary>
internal sealed class PickleList
{
    internal List<object?> Items { get; } = [];
}

/// <summary>A dictionary, in the order in which it was filled.</summary>
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

/// <summary>An integer of more than 64 bits; only the legacy container's magic number is one.</summary>
internal sealed record PickleBigInteger(System.Numerics.BigInteger Value);

/// <summary>Something that a training script put beside the weights (its arguments, say): passed over.</summary>
internal sealed record PickleInert(string Type);

/// <summary>A name of the allow-list as it stands in the pickle, before it is used.</summary>
internal sealed record PickleGlobal(string Name, GlobalMeaning Meaning, TorchElementType? Storage = null);

/// <summary>What a name of the allow-list stands for in this reader.</summary>
internal enum GlobalMeaning
{
    Dictionary,
    Tuple,
    Tensor,
    Parameter,
    StorageType,
    Inert,
}
