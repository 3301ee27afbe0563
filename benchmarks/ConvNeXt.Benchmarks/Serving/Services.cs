using System.Collections.Concurrent;
using ConvNeXt.WebService;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>The two services that are compared, each on a free port of the loopback interface.</summary>
internal static class Services
{
    private const string Address = "http://127.0.0.1:0";

    /// <summary>Starts samples/WebService.</summary>
    public static async Task<WebApplication> StartClassifierAsync(string model, TimeSpan maxExpectedWait)
    {
        WebApplication app = ClassifierApp.Create(
            new WebApplicationOptions
            {
                Args = ["--urls", Address, "--ConvNeXt:ModelPath", model, "--RequestsPerSecond", "1000000", "--ConvNeXt:MaxExpectedWait", $"{maxExpectedWait}"],
                ContentRootPath = AppContext.BaseDirectory,
            },
            builder => builder.Logging.ClearProviders());
        await app.StartAsync();
        return app;
    }

    /// <summary>
    /// Starts the same with a pool of PredictionEngines, as Microsoft.Extensions.ML makes it: a request takes an engine from the pool, or a new one if all are
    /// in use, and predicts on its thread.
    /// </summary>
    public static async Task<WebApplication> StartPoolAsync(string modelPath)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(modelPath, out _);
        var pool = new ConcurrentBag<PredictionEngine<ServedModel.Upload, ServedModel.Scored>>();
        var shared = new PredictionEngineOptions { OwnsTransformer = false };
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add(Address);
        app.MapPost("/classify", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            if (!pool.TryTake(out var engine))
                engine = ml.Model.CreatePredictionEngine<ServedModel.Upload, ServedModel.Scored>(model, shared);
            try
            {
                return Results.Ok(engine.Predict(new ServedModel.Upload { Image = body.ToArray() }).Score);
            }
            finally
            {
                pool.Add(engine);
            }
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>The address at which a service listens.</summary>
    public static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
}
