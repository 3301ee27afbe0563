using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests;

/// <summary>ML.NET pipelines with the TorchSharp engine, which is found by its assembly's name: nothing here names it but the option.</summary>
[TestClass]
public sealed class PipelineTests
{
    [TestMethod]
    public void TrainingByTorchSharp_GivesTheModelThatTheManagedEngineGives_AndItsScores()
    {
        var options = TinyModel.CreateOptions(epochs: 1);
        var managed = TinyModel.Fit(new MLContext(seed: 1), options);
        options.Engine = ConvNeXtEngine.TorchSharp;
        var torch = TinyModel.Fit(new MLContext(seed: 1), options);
        EnginePair.AssertClose(managed.Weights, torch.Weights, 1e-2, "weights");
        float[] expected = TinyModel.Score(managed);
        AssertClose(expected, TinyModel.Score(torch), 1e-2f);
        AssertClose(expected, TinyModel.Score(managed.WithEngine(ConvNeXtEngine.TorchSharp)), 1e-5f);
        AssertClose(expected, TinyModel.Score(managed.WithEngine(ConvNeXtEngine.TorchSharp, ComputePrecision.BFloat16)), 0.05f);
    }

    [TestMethod]
    [DataRow(0.0, DisplayName = "probabilities")]
    [DataRow(0.5, DisplayName = "probabilities and the last map")]
    public void LearningFromATeacher_ByTorchSharp_GivesTheModelThatTheManagedEngineGives(double featureWeight)
    {
        var options = TinyModel.CreateOptions(epochs: 1);
        options.Teacher = TinyModel.Transformer;
        options.Distillation = new DistillationOptions { FeatureWeight = featureWeight };
        var managed = TinyModel.Fit(new MLContext(seed: 1), options);
        options.Engine = ConvNeXtEngine.TorchSharp;
        EnginePair.AssertClose(managed.Weights, TinyModel.Fit(new MLContext(seed: 1), options).Weights, 1e-2, "weights");
    }

    [TestMethod]
    public void RectangularInput_GivesTheModelThatTheManagedEngineGives_AndItsScores()
    {
        var options = TinyModel.CreateOptions(epochs: 1);
        (options.ImageSize, options.ImageWidth) = (32, 96);
        var managed = TinyModel.Fit(new MLContext(seed: 1), options);
        options.Engine = ConvNeXtEngine.TorchSharp;
        var torch = TinyModel.Fit(new MLContext(seed: 1), options);
        EnginePair.AssertClose(managed.Weights, torch.Weights, 1e-2, "weights");
        AssertClose(TinyModel.Score(managed), TinyModel.Score(managed.WithEngine(ConvNeXtEngine.TorchSharp)), 1e-5f);
    }

    [TestMethod]
    public void AGpuThatIsNotThere_FallsBackWithTheReason_OrThrows()
    {
        if (TorchSharp.torch.cuda.is_available()) Assert.Inconclusive("Skipped: this machine has a GPU.");
        var strict = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
        var exception = Assert.ThrowsExactly<EngineUnavailableException>(() => TinyModel.Fit(strict, TinyModel.CreateOptions(epochs: 1)));
        StringAssert.Contains(exception.Message, "There is no GPU that libtorch can use");

        var lenient = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
        var warnings = new List<string>();
        lenient.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning) warnings.Add(message.Message);
        };
        var model = TinyModel.Fit(lenient, TinyModel.CreateOptions(epochs: 1));
        AssertClose(TinyModel.Score(TinyModel.Fit(new MLContext(seed: 1), TinyModel.CreateOptions(epochs: 1))), TinyModel.Score(model), 0);
        Assert.AreEqual(1, warnings.Count);
        StringAssert.Contains(warnings[0], "There is no GPU that libtorch can use");
    }

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], tolerance, $"score {i}");
    }
}
