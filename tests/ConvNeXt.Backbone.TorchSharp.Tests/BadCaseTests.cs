using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests;

/// <summary>Devices that are not there, too small, or taken away.</summary>
[TestClass]
public sealed class BadCaseTests
{
    private const int Height = 48, Width = 40;

    private static readonly ConvNeXtConfig _config = new() { Depths = [1, 1, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 6 };

    [TestMethod]
    public void WithoutLibtorch_TheMessageNamesThePackages()
    {
        foreach (var exception in new Exception[] { new NotSupportedException("This application uses TorchSharp but doesn't contain a reference to libtorch.\nA long trace."), new DllNotFoundException("libLibTorchSharp") })
        {
            var devices = new SimulatedDevices { LoadFailure = exception };
            string message = Assert.ThrowsExactly<EngineUnavailableException>(() => Scorer(new DeviceOptions(), devices)).Message;
            StringAssert.Contains(message, "TorchSharp-cpu");
            StringAssert.Contains(message, "TorchSharp-cuda-linux");
            Assert.IsFalse(message.Contains("trace", StringComparison.Ordinal), message);
            StringAssert.Contains(new TorchEngineProvider(devices).WhyUnavailable(new DeviceOptions { DeviceIds = [0] }), "TorchSharp-cuda-windows");
        }
    }

    [TestMethod]
    public void WithoutAGpu_AnEngineForOneIsRefused_AndTheReasonIsToldBeforehand()
    {
        var options = new DeviceOptions { DeviceIds = [0] };
        var devices = new SimulatedDevices();
        StringAssert.Contains(Assert.ThrowsExactly<EngineUnavailableException>(() => Scorer(options, devices)).Message, "There is no GPU that libtorch can use");
        StringAssert.Contains(new TorchEngineProvider(devices).WhyUnavailable(options), "driver");
        Assert.IsNull(new TorchEngineProvider(devices).WhyUnavailable(new DeviceOptions()));
        Assert.ThrowsExactly<EngineUnavailableException>(() => new TorchTrainingEngine(EnginePair.Settings(_config), options, devices));
    }

    [TestMethod]
    public void ADeviceNumberOutOfRange_IsNamed_WithTheNumberOfGpusThatThereAre()
    {
        string message = Assert.ThrowsExactly<EngineUnavailableException>(() => Scorer(new DeviceOptions { DeviceIds = [1, 2, -1] }, new SimulatedDevices { Gpus = 2 })).Message;
        StringAssert.Contains(message, "There is no GPU 2, -1: this machine has 2, numbered from 0");
    }

    [TestMethod]
    public void Scoring_ThatRunsOutOfMemory_GoesOnWithSmallerParts()
    {
        var images = EngineInputs.Pixels(9, Height, Width);
        float[] expected = new float[9 * _config.ClassCount], actual = new float[expected.Length];
        var devices = new SimulatedDevices { Gpus = 1, FittingImages = 2 };
        using (var engine = Scorer(new DeviceOptions(), new SimulatedDevices())) engine.Score(images, 9, Height, Width, expected);
        using var small = Scorer(new DeviceOptions { DeviceIds = [0] }, devices);
        devices.Parts.Clear();
        small.Score(images, 9, Height, Width, actual);
        CollectionAssert.AreEqual(new[] { 9, 4, 2, 2, 2, 2, 1 }, devices.Parts);
        Assert.IsTrue(GoldenNetwork.RelativeDistance(expected, actual) < 1e-5);
        devices.Parts.Clear();
        small.Score(images, 9, Height, Width, actual);
        CollectionAssert.AreEqual(new[] { 2, 2, 2, 2, 1 }, devices.Parts, "What fits is remembered.");

        devices.FittingImages = 0;
        var exception = Assert.ThrowsExactly<DeviceMemoryException>(() => small.Score(images, 9, Height, Width, actual));
        StringAssert.Contains(exception.Message, "A batch of 9 image(s) of 48 x 40 does not fit");
        Assert.IsNull(exception.FittingBatchSize);
    }

    [TestMethod]
    public void Training_ThatRunsOutOfMemory_SplitsTheBatch_ToTheSameGradients()
    {
        var batch = EngineInputs.Batch(_config, 5);
        var devices = new SimulatedDevices { Gpus = 1, FittingImages = 2 };
        var settings = EnginePair.Settings(_config with { DropPathRate = 0.3f });
        using var whole = EnginePair.Torch(settings);
        using var split = new TorchTrainingEngine(settings, new DeviceOptions { DeviceIds = [0], SelfCheck = false }, devices);
        Assert.AreEqual(whole.AccumulateGradients(batch), split.AccumulateGradients(batch), 1e-5);
        EnginePair.AssertClose(whole.ExportGradients(), split.ExportGradients(), 1e-4, "gradients");
        CollectionAssert.AreEqual(new[] { 5, 2, 2, 1 }, devices.Parts);
    }

    [TestMethod]
    public void Training_ThatMayNotSplit_SaysTheBatchSizeAndWhatFits_AndClearsGradients()
    {
        var devices = new SimulatedDevices { Gpus = 1, FittingImages = 1 };
        using var engine = new TorchTrainingEngine(EnginePair.Settings(_config), new DeviceOptions { DeviceIds = [0], SelfCheck = false, SplitTrainingBatches = false }, devices);
        var exception = Assert.ThrowsExactly<DeviceMemoryException>(() => engine.AccumulateGradients(EngineInputs.Batch(_config, 5)));
        StringAssert.Contains(exception.Message, "A batch of 5 image(s) of 48 x 40 does not fit");
        StringAssert.Contains(exception.Message, "1 of them fit");
        Assert.AreEqual((5, 1), (exception.BatchSize, exception.FittingBatchSize));
        Assert.IsTrue(engine.ExportGradients().Tensors.All(tensor => tensor.Values.All(value => value == 0)));
    }

    [TestMethod]
    public void AnEngineDisposedWhileItScores_FinishesTheCall_AndRefusesTheNext()
    {
        var devices = new SimulatedDevices();
        var engine = Scorer(new DeviceOptions(), devices);
        using ManualResetEventSlim inside = new(), goOn = new();
        int calls = 0;
        devices.WhileComputing = () =>
        {
            if (Interlocked.Increment(ref calls) > 1) return; // a later call that is let in, as disposing has not begun, is not held
            inside.Set();
            goOn.Wait();
        };
        var logits = new float[_config.ClassCount];
        var scoring = Task.Run(() => engine.Score(EngineInputs.Pixels(1, Height, Width), 1, Height, Width, logits));
        inside.Wait();
        var disposing = Task.Run(engine.Dispose);
        Assert.IsTrue(SpinWait.SpinUntil(IsRefused, TimeSpan.FromMinutes(1)), "A call after Dispose has begun has to be refused.");
        Assert.IsFalse(disposing.Wait(50), "Dispose has to wait for the call.");
        goOn.Set();
        scoring.Wait();
        disposing.Wait();
        Assert.IsTrue(logits.Any(value => value != 0));
        engine.Dispose();

        bool IsRefused()
        {
            try
            {
                engine.Score(EngineInputs.Pixels(1, Height, Width), 1, Height, Width, new float[_config.ClassCount]);
                return false;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }
    }

    [TestMethod]
    [DataRow(1.1f)]
    [DataRow(float.NaN)]
    public void ADeviceThatComputesWrongly_IsRefused(float error)
    {
        var devices = new SimulatedDevices { Gpus = 1, Error = error };
        var options = new DeviceOptions { DeviceIds = [0] };
        StringAssert.Contains(Assert.ThrowsExactly<EngineUnavailableException>(() => Scorer(options, devices)).Message, "computes logits that differ from the managed engine's");
        string training = Assert.ThrowsExactly<EngineUnavailableException>(() => new TorchTrainingEngine(EnginePair.Settings(_config), options, devices)).Message;
        StringAssert.Contains(training, "computes gradients that differ from the managed engine's");
        Scorer(options with { SelfCheck = false }, devices).Dispose();
        new TorchTrainingEngine(EnginePair.Settings(_config), options, new SimulatedDevices { Gpus = 1 }).Dispose();
    }

    [TestMethod]
    public void Batches_AreSharedOutOverDevices_InOrder()
    {
        const int count = 7;
        var devices = new SimulatedDevices { Gpus = 3 };
        var images = EngineInputs.Pixels(count, Height, Width);
        float[] expected = new float[count * _config.ClassCount], actual = new float[expected.Length], features = new float[count * 24];
        using var one = Scorer(new DeviceOptions(), new SimulatedDevices());
        using var three = Scorer(new DeviceOptions { DeviceIds = [2, 0, 1] }, devices);
        one.Score(images, count, Height, Width, expected);
        devices.Parts.Clear();
        three.Score(images, count, Height, Width, actual);
        three.Featurize(images, count, Height, Width, features);
        CollectionAssert.AreEquivalent(new[] { 2, 2, 3, 2, 2, 3 }, devices.Parts);
        for (int n = 0; n < count; n++)
            Assert.IsTrue(GoldenNetwork.RelativeDistance(expected.AsSpan(n * 6, 6), actual.AsSpan(n * 6, 6)) < 1e-5, $"image {n}");
    }

    private static TorchScoringEngine Scorer(DeviceOptions options, SimulatedDevices devices) => new(_config, EngineInputs.Weights(_config), options, devices);
}
