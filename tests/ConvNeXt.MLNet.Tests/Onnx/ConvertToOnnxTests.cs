using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>
/// ML.NET's own converter cannot convert a ConvNeXt. Left to itself it writes a file without the network and says nothing; here it throws.
/// Breaks with src/ConvNeXt.MLNet/Scoring/IOnnxRefusal.cs, which rests on internal interfaces of ML.NET.
/// </summary>
[TestClass]
public sealed class ConvertToOnnxTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Classifier_ThrowsAndNamesSaveAsOnnx() => AssertRefused(TinyModel.Transformer);

    [TestMethod]
    public void ClassifierWithinAPipeline_ThrowsAndNamesSaveAsOnnx()
    {
        IDataView images = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(images);
        IDataView scored = TinyModel.Transformer.Transform(keys.Transform(images));
        var labels = _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored);
        AssertRefused(new TransformerChain<ITransformer>(keys, TinyModel.Transformer, labels));
    }

    [TestMethod]
    public void FeaturizerBeforeALinearModel_ThrowsAndNamesTheWayOut()
    {
        ITransformer model = FitLinearModel(out _, out _);
        StringAssert.Contains(AssertRefused(model), "Data.Cache");
    }

    [TestMethod]
    public void LinearModelAlone_OnCachedFeatures_IsConverted()
    {
        FitLinearModel(out IDataView featurized, out ITransformer linear);
        IDataView features = _context.Data.Cache(_context.Transforms.SelectColumns("Features").Fit(featurized).Transform(featurized));
        using var file = new MemoryStream();
        _context.Model.ConvertToOnnx(linear, features, file);

        using var session = new InferenceSession(file.ToArray());
        float[] first = features.GetColumn<float[]>("Features").First(), expected = linear.Transform(features).GetColumn<float[]>("Score").First();
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(first, [1, first.Length]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["Features"], [input], ["Score.output"]);
        float[] score = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], score[i], 1e-5f);
    }

    private string AssertRefused(ITransformer model)
    {
        IDataView images = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        using var file = new MemoryStream();
        string message = Assert.ThrowsExactly<NotSupportedException>(() => _context.Model.ConvertToOnnx(model, images, file)).Message;
        StringAssert.Contains(message, "SaveAsOnnx");
        Assert.AreEqual(0, file.Length, "nothing is written");
        return message;
    }

    private ITransformer FitLinearModel(out IDataView featurized, out ITransformer linear)
    {
        IDataView images = TinyModel.WithKeys(_context, TinyModel.TrainingImages);
        ITransformer featurizer = _context.Transforms.ConvNeXtFeaturizer("Features", "ImagePath", TinyModel.Transformer).Fit(images);
        featurized = featurizer.Transform(images);
        linear = _context.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(featurized);
        return new TransformerChain<ITransformer>(featurizer, linear);
    }
}
