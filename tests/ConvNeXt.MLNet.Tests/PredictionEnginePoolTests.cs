using ConvNeXt.MLNet;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ML;
using Microsoft.ML;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class PredictionEnginePoolTests
{
    [TestMethod]
    public void ThousandConcurrentPredictions_EqualTheSequentialOnes()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "model.zip");
        var context = new MLContext();
        context.Model.Save(TinyModel.Transformer, context.Data.LoadFromEnumerable(TinyModel.TestSet).Schema, path);
        using PredictionEngine<LabeledImage, ScoredImage> engine = context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(TinyModel.Transformer);
        ScoredImage[] expected = [.. TinyModel.TestSet.Select(engine.Predict)];

        var services = new ServiceCollection();
        services.AddPredictionEnginePool<LabeledImage, ScoredImage>().FromFile(path);
        using ServiceProvider provider = services.BuildServiceProvider();
        var pool = provider.GetRequiredService<PredictionEnginePool<LabeledImage, ScoredImage>>();
        var actual = new ScoredImage[1000];
        Parallel.For(0, actual.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => actual[i] = pool.Predict(TinyModel.TestSet[i * 7 % expected.Length]));

        for (int i = 0; i < actual.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i * 7 % expected.Length].Score, actual[i].Score);
            Assert.AreEqual(expected[i * 7 % expected.Length].PredictedLabel, actual[i].PredictedLabel);
        }
    }
}
