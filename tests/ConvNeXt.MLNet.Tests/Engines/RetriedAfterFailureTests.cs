using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using Microsoft.ML;

namespace ConvNeXt.Tests.Engines;

/// <summary>What failed once is tried again at the next call: a file may be there by then, or memory free.</summary>
[TestClass]
public sealed class RetriedAfterFailureTests
{
    [TestMethod]
    public void AFailure_IsNotRemembered_AndASuccessIs()
    {
        int calls = 0;
        var value = new CreatedOnce<object>(() => ++calls < 3 ? throw new InvalidOperationException($"failure {calls}") : new object());
        Assert.AreEqual("failure 1", Assert.ThrowsExactly<InvalidOperationException>(() => value.Value).Message);
        Assert.AreEqual("failure 2", Assert.ThrowsExactly<InvalidOperationException>(() => value.Value).Message);
        object first = value.Value;
        Assert.AreSame(first, value.Value);
        Assert.AreEqual(3, calls);
    }

    [TestMethod]
    public void ManyThreads_CreateOne()
    {
        int calls = 0;
        var value = new CreatedOnce<object>(() =>
        {
            Interlocked.Increment(ref calls);
            Thread.Sleep(20);
            return new object();
        });
        var seen = new object[8];
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(i => new Thread(() => seen[i] = value.Value))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.AreEqual(1, calls);
        foreach (object one in seen) Assert.AreSame(seen[0], one);
    }

    [TestMethod]
    public void AFeaturizerWhoseWeightsWereNotThere_FitsWhenTheyAre()
    {
        var context = new MLContext(seed: 1);
        string file = Path.Combine(TestFolders.CreateTemporary(), "weights.safetensors");
        IDataView data = context.Data.LoadFromEnumerable(TinyModel.TestSet.Take(1));
        var options = new ConvNeXtFeaturizingEstimator.Options { Weights = file, Config = TinyModel.Config, ImageSize = 32 };
        ConvNeXtFeaturizingEstimator estimator = context.Transforms.ConvNeXtFeaturizer(options);
        Assert.ThrowsExactly<FileNotFoundException>(() => estimator.Fit(data));
        SafetensorsWriter.Write(file, WeightInitializer.Create(TinyModel.Config, seed: 3));
        Assert.AreEqual(32, estimator.Fit(data).FeatureCount);
    }
}
