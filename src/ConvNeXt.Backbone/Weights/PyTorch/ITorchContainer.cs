namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>One of the two layouts that torch.save has used; both hold a pickle of the object and the raw bytes of the storages it refers to.</summary>
internal interface ITorchContainer : IDisposable
{
    /// <summary>The pickled object, with tensors as <see cref="TorchTensor"/>.</summary>
    object? Root { get; }

    /// <summary>The bytes of a storage; their number has been checked to be what the pickle says.</summary>
    byte[] ReadStorage(TorchStorage storage);
}

internal static class TorchPersistentId
{
    /// <summary>
    /// Reads ('storage', storage class, key, device, element count). The legacy container adds a sixth item, a view of another storage, that PyTorch itself has not
    /// written since 0.4; only None is read there.
    /// </summary>
    internal static TorchStorage Parse(PickleTuple id)
    {
        if (id.Items is not ["storage", PickleGlobal { Storage: { } type }, string key, string, long count, .. var view] || view is not ([] or [null]))
            throw new InvalidDataException("a tensor's storage is not described as PyTorch does it");
        if (count < 0) throw new InvalidDataException($"storage '{key}' claims {count} elements");
        return new TorchStorage(key, type, count);
    }
}
