using ConvNeXt.Cli.Terminal;
using ConvNeXt.WebService;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ConvNeXt.Cli.Files;

/// <summary>Serves a model until the tool is canceled.</summary>
internal static class ModelService
{
    /// <summary>Starts the service, writes its addresses as the result, and waits.</summary>
    /// <exception cref="InvalidDataException">The model cannot be used.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static int Run(ToolConsole console, string model, string urls, CancellationToken cancellation)
    {
        RunAsync(console, model, urls, cancellation).GetAwaiter().GetResult();
        return ExitCode.Ok;
    }

    private static async Task RunAsync(ToolConsole console, string model, string urls, CancellationToken cancellation)
    {
        var options = new WebApplicationOptions
        {
            Args = ["--urls", urls, "--ConvNeXt:ModelPath", Path.GetFullPath(model)],
            ContentRootPath = AppContext.BaseDirectory, // no configuration of whatever folder the tool is started in
        };
        await using WebApplication app = ClassifierApp.Create(options, builder => ConfigureLog(builder, console.Verbosity));
        await app.StartAsync(cancellation);
        foreach (string address in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
            console.Output.WriteLine(address);
        console.Output.Flush();
        console.Tell("The service runs until Ctrl-C.");
        await app.WaitForShutdownAsync(cancellation);
    }

    // To stderr, as all but results.
    private static void ConfigureLog(WebApplicationBuilder builder, Verbosity verbosity)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(verbosity >= Verbosity.Detailed ? LogLevel.Information : LogLevel.Warning);
    }
}
