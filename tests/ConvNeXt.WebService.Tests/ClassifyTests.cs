using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>What the service answers.</summary>
[TestClass]
public sealed class ClassifyTests
{
    private static ServedApp? _app;

    [ClassInitialize]
    public static async Task StartAsync(TestContext _) => _app = await ServedApp.StartAsync(options => options.QueueCapacity = 1000);

    [ClassCleanup]
    public static async Task StopAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
    }

    private static HttpClient Client => _app!.Client;

    [TestMethod]
    public async Task FormBodyAndJson_GiveTheResultOfASinglePrediction_BitByBit()
    {
        byte[] image = Pictures.Encoded[3];
        using var form = new MultipartFormDataContent
        {
            { new StringContent("another field"), "note" },
            { ServedApp.Body(image, "image/bmp"), "file", "photo.bmp" },
        };
        await ServedApp.IsThatOfAsync(Pictures.First, 3, await Client.PostAsync("/classify", form));
        await ServedApp.IsThatOfAsync(Pictures.First, 3, await _app!.PostAsync(image));
        await ServedApp.IsThatOfAsync(Pictures.First, 3, await _app.PostAsync(image, "application/octet-stream"));
        await ServedApp.IsThatOfAsync(Pictures.First, 3, await Client.PostAsJsonAsync("/classify", new { image }));
    }

    [TestMethod]
    public async Task ManyClientsAtOnce_GetTheResultsOfSinglePredictions_BitByBit()
    {
        const int Clients = 16, Rounds = 20;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                int picture = (7 * client + round) % Pictures.Encoded.Length;
                using HttpResponseMessage response = await _app!.PostAsync(Pictures.Encoded[picture]);
                await ServedApp.IsThatOfAsync(Pictures.First, picture, response);
            }
        }));
    }

    [TestMethod]
    public async Task TopAndThreshold_AreThoseOfTheRequest()
    {
        JsonElement answer = await ServedApp.ReadAsync(await _app!.PostAsync(Pictures.Encoded[0], path: "/classify?top=2&unsureBelow=1"));
        Assert.AreEqual(2, answer.GetProperty("classes").GetArrayLength());
        Assert.IsTrue(answer.GetProperty("unsure").GetBoolean());
        Assert.IsGreaterThan(0, answer.GetProperty("milliseconds").GetProperty("total").GetDouble());
    }

    [TestMethod]
    public async Task AHeatMap_IsOfTheMostLikelyClass_OrTheOneAskedFor()
    {
        JsonElement classified = await ServedApp.ReadAsync(await _app!.PostAsync(Pictures.Encoded[0]));
        JsonElement map = await ServedApp.ReadAsync(await _app.PostAsync(Pictures.Encoded[0], path: "/heatmap"));
        Assert.AreEqual(classified.GetProperty("label").GetString(), map.GetProperty("label").GetString());
        Assert.AreEqual(classified.GetProperty("modelVersion").GetString(), map.GetProperty("modelVersion").GetString());
        CollectionAssert.AreEqual("\x89PNG"u8.ToArray()[^3..], map.GetProperty("png").GetBytesFromBase64()[1..4]);
        Assert.IsGreaterThan(0, map.GetProperty("area").GetProperty("width").GetDouble());
        foreach (string label in Pictures.First.Labels)
        {
            JsonElement other = await ServedApp.ReadAsync(await _app.PostAsync(Pictures.Encoded[0], path: $"/heatmap?label={label}"));
            Assert.AreEqual(label, other.GetProperty("label").GetString());
        }
    }

    [TestMethod]
    public async Task HealthAndModel_TellTheVersionAndTheLabels()
    {
        JsonElement live = await ServedApp.ReadAsync(await Client.GetAsync("/health/live"));
        JsonElement ready = await ServedApp.ReadAsync(await Client.GetAsync("/health/ready"));
        JsonElement model = await ServedApp.ReadAsync(await Client.GetAsync("/model"));
        Assert.AreEqual("Healthy", live.GetProperty("status").GetString());
        Assert.AreEqual("Healthy", ready.GetProperty("status").GetString());
        string? version = ready.GetProperty("checks").GetProperty("convnext-ready").GetProperty("data").GetProperty("modelVersion").GetString();
        Assert.AreEqual(version, model.GetProperty("version").GetString());
        CollectionAssert.AreEqual(Pictures.First.Labels, model.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ToArray());
    }

    [TestMethod]
    public async Task TheOpenApiDocument_HasTheUploadsAndTheirProblems()
    {
        JsonElement document = await ServedApp.ReadAsync(await Client.GetAsync("/openapi/v1.json"));
        JsonElement classify = document.GetProperty("paths").GetProperty("/classify").GetProperty("post");
        JsonElement content = classify.GetProperty("requestBody").GetProperty("content");
        Assert.AreEqual("binary", content.GetProperty("multipart/form-data").GetProperty("schema").GetProperty("properties").GetProperty("file")
            .GetProperty("format").GetString());
        foreach (string kind in (string[])["application/json", "image/*", "application/octet-stream"]) Assert.IsTrue(content.TryGetProperty(kind, out _), kind);
        foreach (string status in (string[])["200", "400", "413", "415", "429", "503"])
            Assert.IsTrue(classify.GetProperty("responses").TryGetProperty(status, out _), status);
        CollectionAssert.AreEqual(
            (string[])["top", "unsureBelow"],
            classify.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()).ToArray());
    }

    [TestMethod]
    public async Task ThePageAndItsFiles_AreServed_AndNotSentAgainUnchanged()
    {
        (string, string)[] files = [("/", "text/html"), ("/app.js", "text/javascript"), ("/style.css", "text/css"), ("/icon.svg", "image/svg+xml")];
        foreach ((string path, string type) in files)
        {
            using HttpResponseMessage first = await Client.GetAsync(path);
            Assert.AreEqual(HttpStatusCode.OK, first.StatusCode);
            Assert.AreEqual(type, first.Content.Headers.ContentType?.MediaType);
            StringAssert.Contains(first.Headers.GetValues("Content-Security-Policy").Single(), "default-src 'self'");
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using HttpResponseMessage second = await Client.SendAsync(request);
            Assert.AreEqual(HttpStatusCode.NotModified, second.StatusCode);
        }
    }
}
