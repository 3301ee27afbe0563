namespace ConvNeXt.MLNet.Training;

/// <summary>The image stores of one training run, disposed together.</summary>
internal sealed class ImageStores(string temporaryFolder, ImageDecodingOptions decoding, Action<string>? warn = null) : IDisposable
{
    private readonly List<ImageStore> _stores = [];

    public ImageStore Create()
    {
        var store = new ImageStore(new TemporaryImageFile(temporaryFolder, warn), decoding);
        _stores.Add(store);
        return store;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ImageStore store in _stores) store.Dispose();
    }
}
