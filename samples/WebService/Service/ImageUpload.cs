using System.Text.Json;
using ConvNeXt.MLNet.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace ConvNeXt.WebService;

/// <summary>The image in a request: a field of a form, the body itself, or base64 in JSON. Nothing is written to a disk.</summary>
internal static class ImageUpload
{
    private const string FileField = "file", JsonProperty = "image";

    private const string Forms = "multipart/form-data", Json = "application/json", Bytes = "application/octet-stream", Images = "image/";

    /// <summary>Bytes of a request besides the image: the headers of a form, or the rest of a JSON object.</summary>
    private const int Overhead = 64 << 10;

    private const int LongestBoundary = 200;

    /// <summary>The largest request body: an image in base64.</summary>
    public static long MostBytes(ConvNeXtClassifierOptions options) => options.MaxImageBytes / 3 * 4L + Overhead;

    /// <summary>Finds the image of a request and answers with what is made of it, or with what is wrong with the upload.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answer">Reads the image and returns the answer.</param>
    /// <param name="aborted">Canceled when the client goes away.</param>
    public static async Task<IResult> AnswerAsync(HttpRequest request, Func<Stream, Task<IResult>> answer, CancellationToken aborted)
    {
        try
        {
            return await answer(await OpenAsync(request, aborted));
        }
        catch (Exception) when (aborted.IsCancellationRequested)
        {
            return Results.StatusCode(StatusCodes.Status499ClientClosedRequest); // for logs and metrics; nobody receives it
        }
        catch (UploadException e)
        {
            return Problems.Create(e.Status, e.Message);
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException))
        {
            return Problems.Create(StatusCodes.Status400BadRequest, $"The upload cannot be read: {e.Message}");
        }
    }

    /// <summary>Finds the image; its content is not read yet, except in JSON.</summary>
    /// <exception cref="UploadException">There is none; the message says why.</exception>
    /// <exception cref="IOException">The request ends too early.</exception>
    /// <exception cref="InvalidDataException">A form is damaged.</exception>
    private static async Task<Stream> OpenAsync(HttpRequest request, CancellationToken canceled)
    {
        if (request.Headers.ContentEncoding.Count > 0)
            throw new UploadException(StatusCodes.Status415UnsupportedMediaType, "The body has a Content-Encoding; send the image as it is.");
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type))
            throw new UploadException(StatusCodes.Status415UnsupportedMediaType, $"The request has no Content-Type. {Accepted}");
        string name = type.MediaType.Value!;
        if (Is(name, Forms)) return await OpenFormAsync(request, type, canceled);
        if (Is(name, Json)) return await ReadJsonAsync(request, canceled);
        if (Is(name, Bytes) || name.StartsWith(Images, StringComparison.OrdinalIgnoreCase)) return request.Body;
        throw new UploadException(StatusCodes.Status415UnsupportedMediaType, $"The Content-Type '{name}' is not accepted. {Accepted}");
    }

    /// <summary>Adds the three kinds of uploads to the OpenAPI document.</summary>
    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken canceled)
    {
        OpenApiSchema binary = new() { Type = JsonSchemaType.String, Format = "binary" }, base64 = new() { Type = JsonSchemaType.String, Format = "byte" };
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Forms] = new() { Schema = CreateObject(FileField, binary) },
                [Json] = new() { Schema = CreateObject(JsonProperty, base64) },
                ["image/*"] = new() { Schema = binary },
                [Bytes] = new() { Schema = binary },
            },
        };
        return Task.CompletedTask;
    }

    private static string Accepted =>
        $"Send the image as the field '{FileField}' of {Forms}, as the body with its type such as image/jpeg, or as {Json} with base64 in '{JsonProperty}'.";

    private static async Task<Stream> OpenFormAsync(HttpRequest request, MediaTypeHeaderValue type, CancellationToken canceled)
    {
        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > LongestBoundary) throw BadRequest("The Content-Type of the form has no valid boundary.");
        var form = new MultipartReader(boundary, request.Body);
        while (await form.ReadNextSectionAsync(canceled) is { } section)
        {
            bool isField = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? field)
                && HeaderUtilities.RemoveQuotes(field.Name) == FileField;
            if (isField) return section.Body;
        }
        throw BadRequest($"The form has no field '{FileField}'.");
    }

    private static async Task<Stream> ReadJsonAsync(HttpRequest request, CancellationToken canceled)
    {
        try
        {
            using JsonDocument document = await JsonDocument.ParseAsync(request.Body, cancellationToken: canceled);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(JsonProperty, out JsonElement image))
                throw BadRequest($"The JSON is not an object with the property '{JsonProperty}'.");
            if (image.ValueKind != JsonValueKind.String || !image.TryGetBytesFromBase64(out byte[]? bytes))
                throw BadRequest($"'{JsonProperty}' is not a string of base64.");
            return new MemoryStream(bytes);
        }
        catch (JsonException e)
        {
            throw BadRequest($"The body is not JSON: {e.Message}");
        }
    }

    private static OpenApiSchema CreateObject(string property, OpenApiSchema schema) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { property },
        Properties = new Dictionary<string, IOpenApiSchema> { [property] = schema },
    };

    private static UploadException BadRequest(string reason) => new(StatusCodes.Status400BadRequest, reason);

    private static bool Is(string type, string expected) => type.Equals(expected, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A request has no image in one of the accepted ways.</summary>
internal sealed class UploadException(int status, string reason) : Exception(reason)
{
    public int Status { get; } = status;
}
