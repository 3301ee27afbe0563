using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ConvNeXt.MLNet.Hosting;
using ConvNeXt.WebService;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.Tests;

/// <summary>The web service on a free port of the loopback interface, with a client.</summary>
internal sealed class ServedApp : IAsyncDisposable
{
    /// <summary>How long prepared images wait for others with a clock of its own.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;

    private ServedApp(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts the service with the first model, unless the options say otherwise.</summary>
    public static async Task<ServedApp> StartAsync(
        Action<ConvNeXtClassifierOptions>? configure = null, Action<WebApplicationBuilder>? build = null, int requestsPerSecond = 1_000_000)
    {
        WebApplication app = ClassifierApp.Create(
            new WebApplicationOptions
            {
                Args = ["--urls", "http://127.0.0.1:0", "--RequestsPerSecond", $"{requestsPerSecond}", "--ConvNeXt:ModelPath", Pictures.First.Path],
                ContentRootPath = AppContext.BaseDirectory,
            },
            builder =>
            {
                builder.Logging.ClearProviders();
                if (configure is not null) builder.Services.PostConfigure(configure);
                build?.Invoke(builder);
            });
        await app.StartAsync();
        return new ServedApp(app);
    }

    /// <summary>Starts the service with a clock; its images wait for each other until the test moves the clock on.</summary>
    public static Task<ServedApp> StartHeldAsync(ManualTime time, int queueCapacity) => StartAsync(
        options => (options.QueueCapacity, options.MaxQueueDelay) = (queueCapacity, Delay),
        builder => builder.Services.AddSingleton<TimeProvider>(time));

    public Task StopAsync() => _app.StopAsync();

    /// <summary>Sends an image as the body.</summary>
    public Task<HttpResponseMessage> PostAsync(byte[] image, string type = "image/bmp", string path = "/classify", CancellationToken cancellation = default) =>
        Client.PostAsync(path, Body(image, type), cancellation);

    public static ByteArrayContent Body(byte[] image, string? type)
    {
        var content = new ByteArrayContent(image);
        if (type is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    /// <summary>Number of accepted requests, as the health check tells it.</summary>
    public async Task<int> GetQueueLengthAsync()
    {
        JsonElement health = await ReadAsync(await Client.GetAsync("/health/ready"));
        return health.GetProperty("checks").GetProperty("convnext-ready").GetProperty("data").GetProperty("queueLength").GetInt32();
    }

    public async Task WaitForQueueAsync(int length)
    {
        for (int i = 0; i < 3000; i++)
        {
            if (await GetQueueLengthAsync() == length) return;
            await Task.Delay(10);
        }
        Assert.Fail($"Waited 30 seconds for {length} requests in the queue.");
    }

    /// <summary>Has the images that wait computed, and answers the requests.</summary>
    public static async Task<HttpResponseMessage[]> ReleaseAsync(ManualTime time, params Task<HttpResponseMessage>[] requests)
    {
        Task<HttpResponseMessage[]> all = Task.WhenAll(requests);
        while (!all.IsCompleted)
        {
            time.Advance(Delay);
            await Task.Delay(10);
        }
        return await all;
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>The response is problem details with that status, and the reason contains the text.</summary>
    public static async Task IsProblemAsync(HttpStatusCode status, string reason, HttpResponseMessage response)
    {
        Assert.AreEqual(status, response.StatusCode, await response.Content.ReadAsStringAsync());
        Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = await ReadAsync(response);
        Assert.AreEqual((int)status, problem.GetProperty("status").GetInt32());
        Assert.IsTrue(problem.TryGetProperty("detail", out JsonElement detail), $"{problem}");
        StringAssert.Contains(detail.GetString(), reason);
    }

    /// <summary>The response is what the model says about the picture by itself, bit by bit.</summary>
    public static async Task IsThatOfAsync(ModelFileOf model, int picture, HttpResponseMessage response)
    {
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode, await response.Content.ReadAsStringAsync());
        IsThatOf(model, picture, await ReadAsync(response));
    }

    public static void IsThatOf(ModelFileOf model, int picture, JsonElement answer)
    {
        float[] expected = model.Scores[picture];
        JsonElement[] classes = [.. answer.GetProperty("classes").EnumerateArray()];
        Assert.HasCount(expected.Length, classes);
        foreach (JsonElement found in classes)
        {
            float alone = expected[Array.IndexOf(model.Labels, found.GetProperty("label").GetString())];
            Assert.AreEqual(BitConverter.SingleToInt32Bits(alone), BitConverter.SingleToInt32Bits(found.GetProperty("probability").GetSingle()));
        }
        Assert.AreEqual(model.Labels[Array.IndexOf(expected, expected.Max())], answer.GetProperty("label").GetString());
        Assert.AreEqual(expected.Max(), answer.GetProperty("probability").GetSingle());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
