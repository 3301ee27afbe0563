using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ConvNeXt.Tests;

/// <summary>More requests than the service takes, clients that go away, the end of the process, and model files that come meanwhile.</summary>
[TestClass]
[DoNotParallelize]
public sealed class LoadTests
{
    [TestMethod]
    public async Task AFullQueue_Is503_WithTheTimeToWait()
    {
        var time = new ManualTime();
        await using ServedApp app = await ServedApp.StartHeldAsync(time, queueCapacity: 2);
        Task<HttpResponseMessage> first = app.PostAsync(Pictures.Encoded[0]), second = app.PostAsync(Pictures.Encoded[1]);
        await app.WaitForQueueAsync(2);
        using HttpResponseMessage refused = await app.PostAsync(Pictures.Encoded[2]);
        await ServedApp.IsProblemAsync(HttpStatusCode.ServiceUnavailable, "full", refused);
        Assert.IsGreaterThanOrEqualTo(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta!.Value);
        HttpResponseMessage[] accepted = await ServedApp.ReleaseAsync(time, first, second);
        for (int i = 0; i < accepted.Length; i++) await ServedApp.IsThatOfAsync(Pictures.First, i, accepted[i]);
    }

    [TestMethod]
    public async Task MoreUploadsThanAreInMemoryAtOnce_Are503()
    {
        var time = new ManualTime();
        await using ServedApp app = await ServedApp.StartHeldAsync(time, queueCapacity: 1);
        var uploads = new List<TcpClient>();
        HttpResponseMessage response;
        do
        {
            // An upload that begins while this request is in progress may be refused itself, so another one begins each time.
            uploads.Add(await BeginUploadAsync(app));
            await Task.Delay(50);
            response = await app.PostAsync([]);
        }
        while (response.StatusCode != HttpStatusCode.ServiceUnavailable && uploads.Count < 40);
        foreach (TcpClient upload in uploads) upload.Dispose();
        await ServedApp.IsProblemAsync(HttpStatusCode.ServiceUnavailable, "uploads", response);
        Assert.IsNotNull(response.Headers.RetryAfter);
    }

    [TestMethod]
    public async Task AClientAboveItsRate_Is429_AndOtherPathsAreNotLimited()
    {
        await using ServedApp app = await ServedApp.StartAsync(requestsPerSecond: 1);
        HttpResponseMessage[] responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => app.PostAsync(Pictures.Encoded[0])));
        HttpResponseMessage refused = responses.First(response => response.StatusCode == HttpStatusCode.TooManyRequests);
        await ServedApp.IsProblemAsync(HttpStatusCode.TooManyRequests, "more requests", refused);
        Assert.IsNotNull(refused.Headers.RetryAfter);
        Assert.IsTrue(Array.Exists(responses, response => response.StatusCode == HttpStatusCode.OK));
        Assert.AreEqual(HttpStatusCode.OK, (await app.Client.GetAsync("/health/live")).StatusCode);
    }

    [TestMethod]
    public async Task AClientThatGoesAway_LeavesTheQueue_AndIsCountedAs499()
    {
        var statuses = new ConcurrentQueue<object?>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "http.server.request.duration") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>(
            (_, _, tags, _) => statuses.Enqueue(tags.ToArray().FirstOrDefault(tag => tag.Key == "http.response.status_code").Value));
        listener.Start();
        var time = new ManualTime();
        await using ServedApp app = await ServedApp.StartHeldAsync(time, queueCapacity: 4);
        using var cancellation = new CancellationTokenSource();
        Task<HttpResponseMessage> gone = app.PostAsync(Pictures.Encoded[0], cancellation: cancellation.Token);
        await app.WaitForQueueAsync(1);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => gone);
        await app.WaitForQueueAsync(0);
        for (int i = 0; i < 1000 && !statuses.Contains(499); i++) await Task.Delay(10);
        CollectionAssert.Contains(statuses, 499);
    }

    [TestMethod]
    public async Task StoppedUnderLoad_EveryRequestThatArrived_IsAnswered()
    {
        const int Clients = 16;
        var arrivals = new CountedArrivals();
        await using ServedApp app = await ServedApp.StartAsync(build: builder => builder.Services.AddSingleton<IStartupFilter>(arrivals));
        int answered = 0;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(async client =>
        {
            try
            {
                while (true)
                {
                    using HttpResponseMessage response = await app.PostAsync(Pictures.Encoded[client]);
                    await ServedApp.IsThatOfAsync(Pictures.First, client, response);
                    Interlocked.Increment(ref answered);
                }
            }
            catch (HttpRequestException)
            {
                // The service listens no more; that it had not begun with the request is what the count of arrivals shows.
            }
        })];
        while (Volatile.Read(ref answered) < 10 * Clients) await Task.Delay(5);
        await app.StopAsync();
        await Task.WhenAll(clients);
        Assert.AreEqual(arrivals.Count, answered);
    }

    [TestMethod]
    public async Task AModelFileReplacedAgainAndAgain_EveryThirdBroken_FailsNoRequest_AndMixesNoResult()
    {
        const int Replacements = 15;
        string path = Pictures.First.Copy();
        byte[] first = File.ReadAllBytes(Pictures.First.Path), second = File.ReadAllBytes(Pictures.Second.Path);
        await using ServedApp app = await ServedApp.StartAsync(
            options => (options.ModelPath, options.ModelPollInterval) = (path, TimeSpan.FromMilliseconds(20)));
        using var stop = new CancellationTokenSource();
        var versions = new ConcurrentDictionary<string, int>();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(async client =>
        {
            while (!stop.IsCancellationRequested)
            {
                using HttpResponseMessage response = await app.PostAsync(Pictures.Encoded[client]);
                Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
                JsonElement answer = await ServedApp.ReadAsync(response);
                string version = answer.GetProperty("modelVersion").GetString()!;
                versions.AddOrUpdate(version, 1, (_, count) => count + 1);
                ServedApp.IsThatOf(version == VersionOf(first) ? Pictures.First : Pictures.Second, client, answer);
            }
        })];
        for (int i = 1; i <= Replacements; i++)
        {
            byte[] model = i % 2 == 0 ? first : second;
            ModelFileOf.ReplaceBy(path, i % 3 == 0 ? model[..(model.Length * 2 / 3)] : model);
            await Task.Delay(100);
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.HasCount(2, versions);
    }

    /// <summary>Counts the requests that get to the application.</summary>
    private sealed class CountedArrivals : IStartupFilter
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                Interlocked.Increment(ref _count);
                return following(context);
            });
            next(app);
        };
    }

    private static string VersionOf(byte[] file) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file))[..16];

    /// <summary>Begins an upload that does not end.</summary>
    private static async Task<TcpClient> BeginUploadAsync(ServedApp app)
    {
        const string Beginning = "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n...";
        var client = new TcpClient();
        await client.ConnectAsync(app.Address.Host, app.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Beginning));
        return client;
    }
}
