using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Engines;

/// <summary>Services that load many models one after the other, and many threads on one model.</summary>
[TestClass]
[DoNotParallelize] // the memory of all models of the process is measured
public sealed class ManyModelsTests
{
    private const int Models = 200;
    private const double MostOfOneModel = 1.2;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void ModelsThatAreDisposed_TakeTheMemoryOfOne()
    {
        long before = MeasureAfterCollection(), one = MeasureOne(), most = 0;
        for (int i = 0; i < Models; i++)
        {
            using ConvNeXtClassificationTransformer model = ModelLifetimeTests.Load();
            ScoreOne(model);
            most = Math.Max(most, NativeArena.AllocatedBytes - before);
        }

        Assert.IsTrue(most <= MostOfOneModel * one, $"{most} bytes, {one} for one model");
    }

    [TestMethod]
    public void ModelsThatAreOnlyDropped_AreCollected_AndTheirMemoryIsFreed()
    {
        long before = MeasureAfterCollection(), one = MeasureOne();
        LoadScoreAndDrop();
        long left = long.MaxValue;
        for (int i = 0; i < 50 && left > MostOfOneModel * one; i++)
        {
            left = MeasureAfterCollection() - before;
            Thread.Sleep(20); // a helper thread may be about to let go of the last cursor
        }

        Assert.IsTrue(left <= MostOfOneModel * one, $"{left} bytes are left, {one} for one model");
    }

    [TestMethod]
    [Timeout(60_000)]
    public void AModelThatIsReplacedAndDisposed_WhileManyThreadsScoreWithIt_NeverChangesAResult()
    {
        const int Threads = 8, Disposals = 1000;
        ConvNeXtClassificationTransformer first = ModelLifetimeTests.Load(), current = first;
        LabeledImage[] images = [.. TinyModel.TestSet.Take(2)];
        float[] expected = Score(first, images);
        int scored = 0;
        bool done = false;
        Task scoring = Task.Run(() => SharedEngineTests.RunOnThreads(Threads, thread =>
        {
            while (!Volatile.Read(ref done))
            {
                ITransformer model = Volatile.Read(ref current);
                CollectionAssert.AreEqual(expected, thread % 2 == 0 ? Score(model, images) : ScoreOneByOne(model, images));
                Interlocked.Increment(ref scored);
            }

            return thread;
        }));
        // On a busy machine the threads may take longer to start than the disposals take, and the test is about both at once.
        for (int i = 0; (i < Disposals || Volatile.Read(ref scored) < Threads) && !scoring.IsCompleted; i++)
        {
            // Every tenth model has a network of its own.
            ConvNeXtClassificationTransformer next = i % 10 == 0 ? ModelLifetimeTests.Load() : Volatile.Read(ref current).WithImageRootFolder(null);
            Interlocked.Exchange(ref current, next).Dispose();
            Thread.Sleep(i % 2);
        }

        Volatile.Write(ref done, true);
        scoring.Wait();
        Assert.IsTrue(scored >= Threads, $"{scored}");
        Assert.IsFalse(first.Network.IsOpen);
        current.Dispose();
        Assert.IsFalse(current.Network.IsOpen);
    }

    [TestMethod]
    [Timeout(60_000)]
    [DataRow(16)]
    [DataRow(64)]
    public void ManyThreads_TransformAndPredict_WithTheBitsOfOne(int threads)
    {
        using ConvNeXtClassificationTransformer model = ModelLifetimeTests.Load();
        LabeledImage[] images = [.. TinyModel.TestSet];
        float[] expected = Score(model, images);
        float[][] found = SharedEngineTests.RunOnThreads(threads, thread => thread % 2 == 0 ? Score(model, images) : ScoreOneByOne(model, images));
        foreach (float[] scores in found) CollectionAssert.AreEqual(expected, scores);
    }

    private static long MeasureAfterCollection()
    {
        // What a finalizer lets go may have finalizers of its own.
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return NativeArena.AllocatedBytes;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long MeasureOne()
    {
        long before = NativeArena.AllocatedBytes;
        using ConvNeXtClassificationTransformer model = ModelLifetimeTests.Load();
        ScoreOne(model);
        return NativeArena.AllocatedBytes - before;
    }

    // By itself, so that nothing on the stack refers to the models.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoadScoreAndDrop()
    {
        for (int i = 0; i < Models; i++) ScoreOne(ModelLifetimeTests.Load());
    }

    private static void ScoreOne(ConvNeXtClassificationTransformer model)
    {
        var context = new MLContext();
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(TinyModel.TestSet.Take(1)));
        Assert.IsFalse(float.IsNaN(scored.GetColumn<float[]>("Score").Single()[0]));
    }

    private float[] Score(ITransformer model, LabeledImage[] images)
    {
        IDataView scored = model.Transform(_context.Data.LoadFromEnumerable(images));
        return [.. _context.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: false).SelectMany(image => image.Score)];
    }

    private float[] ScoreOneByOne(ITransformer model, LabeledImage[] images)
    {
        using PredictionEngine<LabeledImage, ScoredImage> engine = _context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(model);
        return [.. images.SelectMany(image => engine.Predict(image).Score)];
    }
}
