using System.Globalization;
using ConvNeXt.MLNet.Hosting;
using Microsoft.AspNetCore.Diagnostics;

namespace ConvNeXt.WebService;

/// <summary>Answers to requests that were not served, as application/problem+json with the reason as detail.</summary>
internal static class Problems
{
    /// <summary>When to try again if the service does not know: it is starting or shutting down.</summary>
    private static readonly TimeSpan _usualRetry = TimeSpan.FromSeconds(5);

    /// <summary>Creates an answer.</summary>
    public static IResult Create(int status, string reason) => Results.Problem(reason, statusCode: status);

    /// <summary>Creates the answer for an image that was not classified.</summary>
    public static IResult Create(HttpContext context, ClassificationStatus why, string reason, TimeSpan? retryAfter = null)
    {
        int status = why switch
        {
            ClassificationStatus.UnreadableImage => StatusCodes.Status400BadRequest,
            ClassificationStatus.ImageTooLarge => StatusCodes.Status413PayloadTooLarge,
            ClassificationStatus.Failed => StatusCodes.Status500InternalServerError,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        if (status == StatusCodes.Status503ServiceUnavailable) SetRetry(context, retryAfter ?? _usualRetry);
        return Create(status, reason);
    }

    /// <summary>Sets the header Retry-After, in whole seconds and at least one.</summary>
    public static void SetRetry(HttpContext context, TimeSpan time) =>
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>Says what is wrong with a request that did not get to its endpoint.</summary>
    public static void Explain(ProblemDetailsContext context)
    {
        if (context.HttpContext.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException bad) context.ProblemDetails.Detail = bad.Message;
    }
}
