using ConvNeXt.MLNet.Hosting;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using KestrelServerOptions = Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions;

namespace ConvNeXt.WebService;

/// <summary>The service: what it needs and its endpoints. The section "ConvNeXt" of the configuration sets the options of the classifier.</summary>
internal static class ClassifierApp
{
    /// <summary>Creates the application.</summary>
    /// <param name="options">Command line and folder of the configuration.</param>
    /// <param name="configure">Adds to the services and the configuration; null for nothing.</param>
    public static WebApplication Create(WebApplicationOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(options);
        configure?.Invoke(builder);
        AddServices(builder);
        WebApplication app = builder.Build();
        Map(app);
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddConvNeXtClassifier(_ => { });
        services.Configure<ConvNeXtClassifierOptions>(builder.Configuration.GetSection("ConvNeXt"));
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ConvNeXtClassifierOptions>>((server, classifier) =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = ImageUpload.MostBytes(classifier.Value);
        });
        services.AddHealthChecks().Add(ConvNeXtHealthChecks.Live()).Add(ConvNeXtHealthChecks.Ready());
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Explain);
        // A parameter that cannot be read gets a reason, as everything else does.
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        services.AddOpenApi();
        RequestLimits.Add(services, builder.Configuration);
    }

    private static void Map(WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = exception => exception is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException,
        });
        app.UseStatusCodePages();
        app.UseRateLimiter();
        app.MapOpenApi();
        DescribeUpload(app.MapPost("/classify", ClassifyEndpoint.ClassifyAsync).WithName("classify"))
            .WithSummary("Classifies an image.").Produces<ClassifyResponse>();
        DescribeUpload(app.MapPost("/heatmap", HeatMapEndpoint.ComputeAsync).WithName("heatmap"))
            .WithSummary("Draws where in an image the model sees what speaks for a class.").Produces<HeatMapResponse>();
        app.MapGet("/model", (IImageClassifier classifier) => new ModelResponse(classifier.ModelVersion, classifier.Labels))
            .WithName("model")
            .WithSummary("The labels and the version of the model.");
        MapHealth(app, "/health/live", ConvNeXtHealthChecks.LiveTag);
        MapHealth(app, "/health/ready", ConvNeXtHealthChecks.ReadyTag);
        PageFiles.Map(app);
    }

    private static RouteHandlerBuilder DescribeUpload(RouteHandlerBuilder endpoint) => endpoint
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status429TooManyRequests)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
        .AddOpenApiOperationTransformer(ImageUpload.DescribeAsync);

    private static void MapHealth(WebApplication app, string path, string tag) => app.MapHealthChecks(path, new HealthCheckOptions
    {
        Predicate = check => check.Tags.Contains(tag),
        ResponseWriter = WriteHealthAsync,
    });

    private static Task WriteHealthAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(
            entry => entry.Key, entry => new { status = entry.Value.Status.ToString(), entry.Value.Description, entry.Value.Data }),
    });
}
