using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Hosting.Diagnostics;
using ConvNeXt.MLNet.Images;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>Takes requests from the line of encoded images, prepares the network's input and passes them on to the line of prepared images.</summary>
internal sealed class ImageDecoder(ConvNeXtClassifierOptions options, WaitingLine encoded, PreparedLine prepared, WaitEstimate estimate, ILogger logger)
{
    private readonly ImagePaths _paths = new(options.ImageRootFolder);

    /// <summary>Works until the line is closed; on several threads at once.</summary>
    public void Run()
    {
        while (TryPrepareNext())
        {
        }
    }

    // A method of its own: a variable of the loop would keep the last request, and with it the memory of its model, until the next one comes.
    private bool TryPrepareNext()
    {
        if (encoded.Take() is not { } request) return false;
        request.CountWaiting();
        if (request.IsAnswered) request.End();
        else if (Prepare(request) is { } problem) request.Complete(problem);
        else request.WaitIn(prepared);
        return true;
    }

    private ClassificationResult? Prepare(ClassificationRequest request)
    {
        try
        {
            byte[] bytes = request.Input.Read(_paths, options.MaxImageBytes);
            ImageTooLargeException.ThrowIfMore(bytes, request.Model.Scorer.Decoding, options.MaxImagePixels);
            string? problem = request.Model.Scorer.TryPrepare(new ImageReference(null, bytes, null), request.RentPixels());
            return problem is null ? null : Problems.Create(ClassificationStatus.UnreadableImage, problem);
        }
        catch (ImageTooLargeException e)
        {
            return Problems.Create(ClassificationStatus.ImageTooLarge, e.Message);
        }
        catch (UnreadableImageException e)
        {
            return Problems.Create(ClassificationStatus.UnreadableImage, e.Message);
        }
        catch (Exception e)
        {
            logger.DecodingFailed(e);
            return Problems.Create(ClassificationStatus.Failed);
        }
        finally
        {
            estimate.CountDecoding(request.CountDecoding());
        }
    }
}
