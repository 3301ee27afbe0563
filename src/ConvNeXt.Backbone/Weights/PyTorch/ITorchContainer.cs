namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>One of the two file layouts of torch.save. Both contain a pickle of the object and the raw bytes of the storages that it refers to.</summary>
internal interface ITorchContainer : IDisposable
{
    /// <summary>The pickled object, with tensors as <see cref="TorchTensor"/>.</summary>
    object? Root { get; }

    /// <summary>Returns the bytes of a storage. Their number matches the pickle.</summary>
    byte[] ReadStorage(TorchStorage storage);
}

internal static class TorchPersistentId
{
    /// <summary>
    /// Parses ('storage', storage class, key, device, element count). The legacy container adds a sixth item, a view of another storage, which PyTorch has not
    /// written since 0.4; only None is accepted.
    /// </summary>
    internal static TorchStorage Parse(PickleTuple id)
    {
        if (id.Items is not ["storage", PickleGlobal { Storage: { } type }, string key, string, long count, .. var view] || view is not ([] or [null]))
            throw new InvalidDataException("a tensor's storage has an invalid description");
        if (count < 0) throw new InvalidDataException($"storage '{key}' has {count} elements");
        return new TorchStorage(key, type, count);
    }
}
