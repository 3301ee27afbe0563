using ConvNeXt.MLNet.Hosting;
using ConvNeXt.MLNet.Hosting.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.Tests;

/// <summary>
/// A started host with one classifier. With a clock of its own, prepared images wait for each other until the batch is full or the test moves the clock on, so
/// a test decides what is computed when.
/// </summary>
internal sealed class TestService : IAsyncDisposable
{
    /// <summary>How long prepared images wait for others with a clock of its own.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly IHost _host;

    private TestService(IHost host, ManualTime? time) => (_host, Time) = (host, time);

    public ManualTime? Time { get; }

    public IServiceProvider Services => _host.Services;

    public IImageClassifier Classifier => Services.GetRequiredService<IImageClassifier>();

    /// <summary>The implementation.</summary>
    public ImageClassifier Internals => (ImageClassifier)Classifier;

    /// <summary>Starts a host whose images wait for each other until the test moves the clock on.</summary>
    public static Task<TestService> StartHeldAsync(Action<ConvNeXtClassifierOptions>? configure = null) => StartAsync(
        options =>
        {
            options.MaxQueueDelay = Delay;
            configure?.Invoke(options);
        },
        new ManualTime());

    /// <summary>Starts a host with the first model, unless the options say otherwise.</summary>
    public static async Task<TestService> StartAsync(
        Action<ConvNeXtClassifierOptions>? configure = null, ManualTime? time = null, Action<IServiceCollection>? addServices = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        if (time is not null) builder.Services.AddSingleton<TimeProvider>(time);
        addServices?.Invoke(builder.Services);
        builder.Services.AddConvNeXtClassifier(options =>
        {
            options.ModelPath = Pictures.First.Path;
            configure?.Invoke(options);
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return new TestService(host, time);
    }

    /// <summary>Waits until that many images are decoded and wait for the network.</summary>
    public Task WaitForPreparedAsync(int count) => WaitAsync(() => Internals.PreparedCount == count, $"{count} prepared images");

    /// <summary>Has the images that wait computed.</summary>
    public void Release() => Time!.Advance(Delay);

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>Waits for what another thread is about to do.</summary>
    public static async Task WaitAsync(Func<bool> condition, string what)
    {
        for (int i = 0; i < 3000; i++)
        {
            if (condition()) return;
            await Task.Delay(10);
        }
        Assert.Fail($"Waited 30 seconds for {what}.");
    }
}

/// <summary>Checks of results.</summary>
internal static class ResultAssert
{
    /// <summary>The result is that of a prediction by itself, bit by bit.</summary>
    public static void IsThatOf(ModelFileOf model, int picture, ClassificationResult result)
    {
        Assert.AreEqual(ClassificationStatus.Classified, result.Status, result.Problem);
        float[] expected = model.Scores[picture];
        Assert.HasCount(expected.Length, result.Top);
        foreach (ClassProbability found in result.Top)
        {
            float alone = expected[Array.IndexOf(model.Labels, found.Label)];
            Assert.AreEqual(BitConverter.SingleToInt32Bits(alone), BitConverter.SingleToInt32Bits(found.Probability));
        }
        Assert.AreEqual(model.Labels[Array.IndexOf(expected, expected.Max())], result.Label);
        Assert.AreEqual(expected.Max(), result.Probability);
    }
}
