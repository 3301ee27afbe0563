using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

/// <summary>What the trainer offers for fine-tuning, from its options.</summary>
[TestClass]
public sealed class FineTuningTests
{
    [TestMethod]
    public void LinearProbe_KeepsTheBackboneOfTheInitialModel_AndWritesTheMetricsWithLabelNames()
    {
        string log = Path.Combine(TestFolders.CreateTemporary(), "metrics.csv");
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 20);
        options.Config = null;
        options.InitialModel = TinyModel.Transformer;
        options.ValidationSetFraction = 0.2f;
        options.Recipe = options.Recipe!.With(training => training with { LinearProbe = true, MetricsFile = log });
        ConvNeXtClassificationTransformer model = TinyModel.Fit(new MLContext(seed: 1), options);

        WeightSet initial = TinyModel.Transformer.Weights;
        foreach (WeightTensor tensor in initial.Tensors)
            Assert.AreEqual(!tensor.Name.StartsWith("head.", StringComparison.Ordinal), tensor.Values.SequenceEqual(model.Weights[tensor.Name].Values), tensor.Name);
        string[] lines = File.ReadAllLines(log);
        Assert.AreEqual(21, lines.Length);
        StringAssert.EndsWith(lines[0], "recall_across,recall_disc,recall_down");
    }

    [TestMethod]
    public void FindLearningRate_SuggestsOne_AndTheLogHasIt()
    {
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, message) => messages.Add(message.Message);
        ConvNeXtTrainer trainer = context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1));
        LearningRateFinderResult result = trainer.FindLearningRate(TinyModel.WithKeys(context, TinyModel.TrainingImages), new LearningRateFinderOptions { Steps = 50 });
        Assert.IsTrue(result.Suggestion is > 1e-5 and < 0.5, $"{result.Suggestion}");
        Assert.IsTrue(messages.Any(message => message.Contains("is suggested")), string.Join('\n', messages));
    }

    [TestMethod]
    public void FindLearningRate_FromAModel_LeavesItsWeights()
    {
        float[] before = [.. TinyModel.Transformer.Weights["head.weight"].Values];
        var context = new MLContext(seed: 1);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.InitialModel = TinyModel.Transformer;
        context.MulticlassClassification.Trainers.ConvNeXt(options)
            .FindLearningRate(TinyModel.WithKeys(context, TinyModel.TrainingImages), new LearningRateFinderOptions { Steps = 10 });
        CollectionAssert.AreEqual(before, TinyModel.Transformer.Weights["head.weight"].Values);
    }
}
