using ConvNeXt.MLNet.Hosting;
using static System.FormattableString;

namespace ConvNeXt.WebService;

/// <summary>POST /classify.</summary>
internal static class ClassifyEndpoint
{
    /// <summary>Classifies the image of a request.</summary>
    /// <param name="request">The request with an image.</param>
    /// <param name="classifier">The classifier.</param>
    /// <param name="top">Number of classes to return.</param>
    /// <param name="unsureBelow">The probability below which the answer is unsure, from 0 to 1.</param>
    /// <param name="aborted">Canceled when the client goes away.</param>
    public static async Task<IResult> ClassifyAsync(
        HttpRequest request, IImageClassifier classifier, int? top, double? unsureBelow, CancellationToken aborted)
    {
        if (top < 1) return Problems.Create(StatusCodes.Status400BadRequest, Invariant($"top is {top}; it must be at least 1."));
        if (unsureBelow is not null and not (>= 0 and <= 1))
            return Problems.Create(StatusCodes.Status400BadRequest, Invariant($"unsureBelow is {unsureBelow}; it must be from 0 to 1."));
        var options = new ClassifyOptions { TopCount = top, UnsureBelow = unsureBelow };
        return await ImageUpload.AnswerAsync(
            request,
            async image =>
            {
                ClassificationResult result = await classifier.ClassifyAsync(image, options, aborted);
                return result.IsClassified
                    ? Results.Ok(ClassifyResponse.From(result))
                    : Problems.Create(request.HttpContext, result.Status, result.Problem, result.RetryAfter);
            },
            aborted);
    }
}
