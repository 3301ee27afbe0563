using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Hosting;

namespace ConvNeXt.WebService;

/// <summary>POST /heatmap.</summary>
internal static class HeatMapEndpoint
{
    /// <summary>Pixels of the longer side of the picture that is laid over the image; browsers enlarge it smoothly.</summary>
    private const int LongerSide = 256;

    /// <summary>Draws where in the image of a request the model sees what speaks for a class.</summary>
    /// <param name="request">The request with an image.</param>
    /// <param name="classifier">The classifier.</param>
    /// <param name="label">The class; null for the most likely one.</param>
    /// <param name="aborted">Canceled when the client goes away.</param>
    public static Task<IResult> ComputeAsync(HttpRequest request, IImageClassifier classifier, string? label, CancellationToken aborted) =>
        ImageUpload.AnswerAsync(
            request,
            async image =>
            {
                try
                {
                    HeatMapResult result = await classifier.ComputeHeatMapAsync(image, label, aborted);
                    if (!result.HasHeatMap) return Problems.Create(request.HttpContext, result.Status, result.Problem);
                    return Results.Ok(new HeatMapResponse(result.Label, result.ModelVersion, result.HeatMap.Area, result.HeatMap.ToPng(LongerSide)));
                }
                catch (ArgumentException)
                {
                    return Problems.Create(StatusCodes.Status400BadRequest, $"The model has no class '{label}'.");
                }
            },
            aborted);
}

/// <summary>A heat map.</summary>
/// <param name="Label">The class that it is about.</param>
/// <param name="ModelVersion">The model.</param>
/// <param name="Area">The part of the image that the heat map covers, in shares of its width and height.</param>
/// <param name="Png">A transparent picture to lay over that part.</param>
internal sealed record HeatMapResponse(string Label, string ModelVersion, HeatMapArea Area, byte[] Png);
