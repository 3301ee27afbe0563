namespace ConvNeXt.MLNet.Hosting;

/// <summary>
/// Classifies images in a service. Safe for concurrent calls: waiting images are scored together, and the result of an image is bit-identical to that of a
/// prediction by itself. Whatever is wrong with an image or with the load of the service is a <see cref="ClassificationResult.Status"/> with a reason, not an
/// exception.
/// </summary>
public interface IImageClassifier
{
    /// <summary>Identifies the content of the model file that new requests use; null while there is no model, before the start and after the stop.</summary>
    string? ModelVersion { get; }

    /// <summary>The labels of the current model in the order of its scores; empty while there is no model.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>Classifies an encoded image.</summary>
    /// <param name="image">The content of an image file. It must not be changed until the task is completed.</param>
    /// <param name="options">Settings of this request; null for those of the service.</param>
    /// <param name="cancellationToken">Ends the request: if its image is not being computed yet, it costs nothing.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    Task<ClassificationResult> ClassifyAsync(ReadOnlyMemory<byte> image, ClassifyOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Classifies an encoded image that is read from a stream, to its end or until it is too large. The stream is not disposed.</summary>
    /// <inheritdoc cref="ClassifyAsync(ReadOnlyMemory{byte}, ClassifyOptions?, CancellationToken)"/>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    Task<ClassificationResult> ClassifyAsync(Stream image, ClassifyOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Classifies an image file. With <see cref="ConvNeXtClassifierOptions.ImageRootFolder"/>, no path leads out of that folder.</summary>
    /// <param name="path">The path of the file. Never pass on a path from a request without a root folder.</param>
    /// <param name="options">Settings of this request; null for those of the service.</param>
    /// <param name="cancellationToken">Ends the request: if its image is not being computed yet, it costs nothing.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    Task<ClassificationResult> ClassifyAsync(string path, ClassifyOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Classifies many encoded images and returns the results in their order, each as soon as it and those before it are there. Images are read only a little
    /// ahead. A full queue is waited for instead of refused.
    /// </summary>
    /// <param name="images">The contents of image files.</param>
    /// <param name="options">Settings of these requests; null for those of the service.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    IAsyncEnumerable<ClassificationResult> ClassifyManyAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> images, ClassifyOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Classifies many image files; otherwise the same.</summary>
    /// <param name="paths">The paths of the files.</param>
    /// <param name="options">Settings of these requests; null for those of the service.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    IAsyncEnumerable<ClassificationResult> ClassifyManyAsync(
        IEnumerable<string> paths, ClassifyOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Computes where in an image the model sees what speaks for a class (Grad-CAM), which takes about as long as classifying it. Heat maps are computed one
    /// after the other, beside the images that are classified; each has a place in the queue.
    /// </summary>
    /// <param name="image">An encoded image, read to its end or until it is too large. The stream is not disposed.</param>
    /// <param name="label">The class that the heat map is about; null for the most likely one.</param>
    /// <param name="cancellationToken">Ends the request: if its heat map is not being computed yet, it costs nothing.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ArgumentException">The model has no such class.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    Task<HeatMapResult> ComputeHeatMapAsync(Stream image, string? label = null, CancellationToken cancellationToken = default);
}
