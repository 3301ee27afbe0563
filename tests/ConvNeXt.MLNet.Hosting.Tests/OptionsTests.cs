using ConvNeXt.MLNet.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ConvNeXt.Tests;

/// <summary>Registration and options.</summary>
[TestClass]
public sealed class OptionsTests
{
    public static IEnumerable<object[]> WrongOptions =>
    [
        Case("ModelPath", options => options.ModelPath = " "),
        Case("QueueCapacity", options => options.QueueCapacity = 0),
        Case("MaxBatchSize", options => options.MaxBatchSize = 2000),
        Case("DecodingThreads", options => options.DecodingThreads = -1),
        Case("TopCount", options => options.TopCount = 0),
        Case("MaxImageBytes", options => options.MaxImageBytes = 0),
        Case("MaxImagePixels", options => options.MaxImagePixels = int.MaxValue),
        Case("UnsureBelow", options => options.UnsureBelow = double.NaN),
        Case("DegradedFrom", options => options.DegradedFrom = 1.1),
        Case("MaxQueueDelay", options => options.MaxQueueDelay = TimeSpan.FromMinutes(1)),
        Case("MaxExpectedWait", options => options.MaxExpectedWait = TimeSpan.Zero),
        Case("RequestTimeout", options => options.RequestTimeout = TimeSpan.Zero),
        Case("ModelPollInterval", options => options.ModelPollInterval = TimeSpan.FromSeconds(-3)),
        Case("ShutdownTimeout", options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan),
        Case("ImageRootFolder", options => options.ImageRootFolder = ""),
        Case("VerificationLabel", options => options.VerificationLabel = "disc"),
    ];

    [TestMethod]
    [DynamicData(nameof(WrongOptions))]
    public async Task AnOptionThatIsOutOfRange_KeepsTheHostFromStarting_AndIsNamed(string name, object change)
    {
        var exception = await Assert.ThrowsExactlyAsync<OptionsValidationException>(() => TestService.StartAsync((Action<ConvNeXtClassifierOptions>)change));
        Assert.HasCount(1, exception.Failures.ToArray());
        StringAssert.StartsWith(exception.Failures.Single(), name);
    }

    [TestMethod]
    public async Task AllProblems_AreReportedTogether_WithTheNameOfTheClassifier()
    {
        var exception = await Assert.ThrowsExactlyAsync<OptionsValidationException>(() => TestService.StartAsync(addServices: services =>
            services.AddConvNeXtClassifier("birds", options => (options.QueueCapacity, options.TopCount) = (0, 0))));
        Assert.HasCount(3, exception.Failures.ToArray());
        Assert.IsTrue(exception.Failures.All(failure => failure.StartsWith("Classifier 'birds': ", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task TwoClassifiers_HaveTheirOwnModelsAndOptions()
    {
        await using TestService service = await TestService.StartAsync(addServices: services =>
            services.AddConvNeXtClassifier("other", options => (options.ModelPath, options.TopCount) = (Pictures.Second.Path, 1)));
        var other = service.Services.GetRequiredKeyedService<IImageClassifier>("other");
        ResultAssert.IsThatOf(Pictures.First, 0, await service.Classifier.ClassifyAsync(Pictures.Encoded[0]));
        ClassificationResult result = await other.ClassifyAsync(Pictures.Encoded[0]);
        Assert.AreEqual(Pictures.Second.Scores[0].Max(), result.Probability);
        Assert.HasCount(1, result.Top);
        Assert.AreNotEqual(service.Classifier.ModelVersion, other.ModelVersion);
        CollectionAssert.AreEqual(Pictures.Second.Labels, other.Labels.ToArray());
    }

    [TestMethod]
    public async Task AClassifierThatIsAddedTwice_IsOneService_WithBothSettings()
    {
        await using TestService service = await TestService.StartAsync(
            addServices: services => services.AddConvNeXtClassifier(Pictures.Second.Path).AddConvNeXtClassifier(options => options.TopCount = 2));
        Assert.HasCount(1, service.Services.GetServices<IHostedService>().ToArray());
        ClassificationResult result = await service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        Assert.HasCount(2, result.Top);
        Assert.AreEqual(Pictures.First.Scores[0].Max(), result.Probability); // the path that was set last
    }

    [TestMethod]
    [DataRow(0, 0.5, 1000)]
    [DataRow(1, -0.1, 1000)]
    [DataRow(1, double.NaN, 1000)]
    [DataRow(1, 0.5, 0)]
    public async Task AnOptionOfARequestThatIsOutOfRange_IsAnException(int topCount, double unsureBelow, int milliseconds)
    {
        await using TestService service = await TestService.StartAsync();
        var options = new ClassifyOptions { TopCount = topCount, UnsureBelow = unsureBelow, Timeout = TimeSpan.FromMilliseconds(milliseconds) };
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(async () => await service.Classifier.ClassifyAsync(Pictures.Encoded[0], options));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => service.Classifier.ClassifyManyAsync(["a.jpg"], options));
    }

    private static object[] Case(string name, Action<ConvNeXtClassifierOptions> change) => [name, change];
}
