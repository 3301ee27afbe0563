using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests;

/// <summary>Which engine computes, in an app that has no package with the TorchSharp engine.</summary>
[TestClass]
public sealed class EngineChoiceTests
{
    [TestMethod]
    public void AGpuWithoutTheEnginesPackage_IsAnErrorThatNamesThePackage()
    {
        var context = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
        var exception = Assert.ThrowsExactly<EngineUnavailableException>(() => TinyModel.Fit(context, TinyModel.CreateOptions(epochs: 1)));
        StringAssert.Contains(exception.Message, "add a reference to the package ConvNeXt.Backbone.TorchSharp");
    }

    [TestMethod]
    public void RequestsForTheSameDevices_AreEqual_ThoughTheirListsAreNotTheSameObject()
    {
        var request = new EngineRequest(DeviceIds: [0, 1]);
        Assert.AreEqual(request, new EngineRequest(DeviceIds: new List<int> { 0, 1 }));
        Assert.AreEqual(request.GetHashCode(), new EngineRequest(DeviceIds: new List<int> { 0, 1 }).GetHashCode());
        Assert.AreNotEqual(request, new EngineRequest(DeviceIds: [1, 0]));
        Assert.AreNotEqual(request, new EngineRequest());
        Assert.AreNotEqual(new EngineRequest(DeviceIds: []), new EngineRequest());
    }

    [TestMethod]
    public void WithFallbackToCpu_TheManagedEngineComputes_WithOneWarningThatNamesTheReason()
    {
        var context = new MLContext(seed: 1) { GpuDeviceId = 3, FallbackToCpu = true };
        var warnings = new List<string>();
        context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning) warnings.Add(message.Message);
        };
        var model = TinyModel.Fit(context, TinyModel.CreateOptions(epochs: 1));
        TinyModel.Score(model);
        Assert.AreEqual(1, warnings.Count, string.Join(Environment.NewLine, warnings));
        StringAssert.Contains(warnings[0], "GPU 3 is not used");
        StringAssert.Contains(warnings[0], "add a reference to the package ConvNeXt.Backbone.TorchSharp");

        var plain = TinyModel.Fit(new MLContext(seed: 1), TinyModel.CreateOptions(epochs: 1));
        foreach (var tensor in plain.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, model.Weights[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    public void TheManagedEngine_AskedForByName_TakesNoNoticeOfTheGpu()
    {
        var context = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
        int warnings = 0;
        string plan = "";
        context.Log += (_, message) =>
        {
            warnings += message.Kind == ChannelMessageKind.Warning ? 1 : 0;
            if (message.Message.Contains("Training takes", StringComparison.Ordinal)) plan = message.Message;
        };
        var options = TinyModel.CreateOptions(epochs: 1);
        options.Engine = ConvNeXtEngine.Managed;
        TinyModel.Score(TinyModel.Fit(context, options));
        Assert.AreEqual(0, warnings);
        StringAssert.Contains(plan, $"Engine: managed, {SimdSupport.Description}");
    }

    [TestMethod]
    public void TheTorchSharpEngine_AskedForByName_DoesNotFallBackToAnotherOne()
    {
        var options = TinyModel.CreateOptions(epochs: 1);
        options.Engine = ConvNeXtEngine.TorchSharp;
        foreach (var context in new[] { new MLContext(seed: 1), new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true } })
        {
            var exception = Assert.ThrowsExactly<EngineUnavailableException>(() => TinyModel.Fit(context, options));
            StringAssert.Contains(exception.Message, "ConvNeXt.Backbone.TorchSharp");
        }
    }

    [TestMethod]
    public void ALoadedModel_IsComputedAsTheContextThatLoadsItSays()
    {
        string file = Path.Combine(TestFolders.CreateTemporary(), "model.zip");
        var writer = new MLContext();
        writer.Model.Save(TinyModel.Transformer, TinyModel.WithKeys(writer, TinyModel.TestSet).Schema, file);
        var strict = (ConvNeXtClassificationTransformer)new MLContext { GpuDeviceId = 0, FallbackToCpu = false }.Model.Load(file, out _);
        Assert.ThrowsExactly<EngineUnavailableException>(() => TinyModel.Score(strict));
        CollectionAssert.AreEqual(TinyModel.Score(TinyModel.Transformer), TinyModel.Score(strict.WithEngine(ConvNeXtEngine.Managed)));
        Assert.ThrowsExactly<EngineUnavailableException>(() => TinyModel.Score(TinyModel.Transformer.WithEngine(ConvNeXtEngine.Auto, deviceIds: [0, 1])));
    }

    [TestMethod]
    public void AnEngineThatDoesNotExist_IsRefusedWhenTheTrainerIsMade()
    {
        var options = TinyModel.CreateOptions(epochs: 1);
        options.Engine = (ConvNeXtEngine)7;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MLContext().MulticlassClassification.Trainers.ConvNeXt(options)).Message, "Engine is 7");
    }
}
