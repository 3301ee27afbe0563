using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>Requests that cannot be served: each has its status and says why.</summary>
[TestClass]
public sealed class BadRequestTests
{
    private const int MaxBytes = 200_000, MaxPixels = 1_000_000;

    private static ServedApp? _app;

    [ClassInitialize]
    public static async Task StartAsync(TestContext _) =>
        _app = await ServedApp.StartAsync(options => (options.MaxImageBytes, options.MaxImagePixels) = (MaxBytes, MaxPixels));

    [ClassCleanup]
    public static async Task StopAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
    }

    private static IEnumerable<(string Name, Func<HttpRequestMessage> Request, HttpStatusCode Status, string Reason)> Cases
    {
        get
        {
            byte[] good = Pictures.Encoded[0], text = "This is not a picture."u8.ToArray(), svg = "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray();
            const HttpStatusCode TooLarge = HttpStatusCode.RequestEntityTooLarge;
            const string OtherForm = "application/x-www-form-urlencoded";
            yield return ("an empty body", () => Raw([], "image/png"), HttpStatusCode.BadRequest, "empty");
            yield return ("text that claims to be a picture", () => Raw(text, "image/png"), HttpStatusCode.BadRequest, "cannot be read");
            yield return ("text as bytes", () => Raw(text, "application/octet-stream"), HttpStatusCode.BadRequest, "cannot be read");
            yield return ("a picture that ends early", () => Raw(good[..(good.Length / 2)], "image/bmp"), HttpStatusCode.BadRequest, "cannot be read");
            yield return ("a vector graphic", () => Raw(svg, "image/svg+xml"), HttpStatusCode.BadRequest, "cannot be read");
            yield return ("a text type", () => Raw(good, "text/plain"), HttpStatusCode.UnsupportedMediaType, "'text/plain' is not accepted");
            yield return ("a form of another kind", () => Raw(good, OtherForm), HttpStatusCode.UnsupportedMediaType, "multipart/form-data");
            yield return ("no type", () => Raw(good, null), HttpStatusCode.UnsupportedMediaType, "no Content-Type");
            yield return ("a compressed body", Compressed, HttpStatusCode.UnsupportedMediaType, "Content-Encoding");
            yield return ("a form without the field", () => Form("picture", good), HttpStatusCode.BadRequest, "no field 'file'");
            yield return ("a form with an empty file", () => Form("file", []), HttpStatusCode.BadRequest, "empty");
            yield return ("a form with text in the field", () => Form("file", text), HttpStatusCode.BadRequest, "cannot be read");
            yield return ("a form without boundary", () => Raw(good, "multipart/form-data"), HttpStatusCode.BadRequest, "boundary");
            yield return ("a form that is none", () => Raw(text, "multipart/form-data; boundary=x"), HttpStatusCode.BadRequest, "cannot be read");
            yield return ("a form that ends early", CutForm, HttpStatusCode.BadRequest, "cannot be read");
            yield return ("JSON that is none", () => Json("{\"image\":"), HttpStatusCode.BadRequest, "not JSON");
            yield return ("JSON without image", () => Json("{}"), HttpStatusCode.BadRequest, "property 'image'");
            yield return ("JSON that is a list", () => Json("[]"), HttpStatusCode.BadRequest, "property 'image'");
            yield return ("JSON with a number", () => Json("{\"image\":1}"), HttpStatusCode.BadRequest, "base64");
            yield return ("JSON that is not base64", () => Json("{\"image\":\"no base64!\"}"), HttpStatusCode.BadRequest, "base64");
            yield return ("JSON with a text in base64", () => JsonOf(text), HttpStatusCode.BadRequest, "cannot be read");
            yield return ("too many bytes", () => Raw(new byte[MaxBytes + 1], "image/png"), TooLarge, "200,000");
            yield return ("far too many bytes", () => Raw(new byte[2 * MaxBytes], "image/png"), TooLarge, "too large");
            yield return ("too many bytes of unknown number", () => Chunked(MaxBytes + 1), TooLarge, "200,000");
            yield return ("too many bytes in a form", () => Form("file", new byte[MaxBytes + 1]), TooLarge, "200,000");
            yield return ("too many bytes in JSON", () => JsonOf(new byte[MaxBytes + 1]), TooLarge, "200,00");
            yield return ("too many pixels", () => Raw(BadPictures.CreatePng(1001, 1000), "image/png"), TooLarge, "1001 x 1000 pixels");
            yield return ("no classes wanted", () => Raw(good, "image/bmp", "?top=0"), HttpStatusCode.BadRequest, "top is 0");
            yield return ("a number that is none", () => Raw(good, "image/bmp", "?top=three"), HttpStatusCode.BadRequest, "top");
            yield return ("a threshold above one", () => Raw(good, "image/bmp", "?unsureBelow=1.5"), HttpStatusCode.BadRequest, "unsureBelow is 1.5");
        }
    }

    [TestMethod]
    public async Task EachKindOfBadRequest_HasItsStatus_AndAReason()
    {
        foreach ((string name, Func<HttpRequestMessage> create, HttpStatusCode status, string reason) in Cases)
        {
            using HttpRequestMessage request = create();
            using HttpResponseMessage response = await _app!.Client.SendAsync(request);
            try
            {
                await ServedApp.IsProblemAsync(status, reason, response);
            }
            catch (AssertFailedException e)
            {
                throw new AssertFailedException($"{name}: {e.Message}", e);
            }
        }
        Assert.IsGreaterThanOrEqualTo(20, Cases.Count());
        Assert.AreEqual(0, await _app!.GetQueueLengthAsync());
        await ServedApp.IsThatOfAsync(Pictures.First, 0, await _app.PostAsync(Pictures.Encoded[0]));
    }

    [TestMethod]
    public async Task AnotherMethodOrPath_IsAProblemToo()
    {
        using HttpResponseMessage get = await _app!.Client.GetAsync("/classify"), missing = await _app.Client.GetAsync("/nothing");
        Assert.AreEqual(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        Assert.AreEqual(HttpStatusCode.NotFound, missing.StatusCode);
        foreach (HttpResponseMessage response in (HttpResponseMessage[])[get, missing])
            Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [TestMethod]
    public async Task AHeatMapOfAnUnknownClass_SaysSo() =>
        await ServedApp.IsProblemAsync(HttpStatusCode.BadRequest, "no class 'cat'", await _app!.PostAsync(Pictures.Encoded[0], path: "/heatmap?label=cat"));

    private static HttpRequestMessage Raw(byte[] body, string? type, string query = "") =>
        new(HttpMethod.Post, $"/classify{query}") { Content = ServedApp.Body(body, type) };

    private static HttpRequestMessage Json(string text) => Raw(Encoding.UTF8.GetBytes(text), "application/json");

    private static HttpRequestMessage JsonOf(byte[] image) => Json(JsonSerializer.Serialize(new { image }));

    private static HttpRequestMessage Form(string field, byte[] content) =>
        new(HttpMethod.Post, "/classify") { Content = new MultipartFormDataContent { { ServedApp.Body(content, "image/bmp"), field, "photo.bmp" } } };

    private static HttpRequestMessage CutForm() => Raw(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nabc"u8.ToArray(), "multipart/form-data; boundary=x");

    private static HttpRequestMessage Compressed()
    {
        HttpRequestMessage request = Raw([1, 2, 3], "image/png");
        request.Content!.Headers.ContentEncoding.Add("gzip");
        return request;
    }

    private static HttpRequestMessage Chunked(int length)
    {
        var content = new StreamContent(new MemoryStream(new byte[length]));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("image/png");
        return new HttpRequestMessage(HttpMethod.Post, "/classify") { Content = content, Headers = { TransferEncodingChunked = true } };
    }
}
