using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Tests.Training.Data;

[TestClass]
public sealed class BatchLoaderTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    public void Batches_ComeInOrder_WhateverTheThreads(int threads)
    {
        using var loader = new BatchLoader(40, 5, 1, Plan, Fill, threads, batchesAhead: 2);
        for (int batch = 0; batch < 40; batch++)
        {
            var loaded = loader.Take(() => { });
            Assert.AreEqual(batch, loaded.Number);
            CollectionAssert.AreEqual(loaded.Plan!.Items.Select(item => (float)item).ToArray(), loaded.Images[..loaded.Plan.Items.Length]);
        }

        static void Fill(PlannedBatch plan, int item, Span<float> pixels)
        {
            if (item % 3 == 0) Thread.Yield();
            pixels[0] = item;
        }
    }

    [TestMethod]
    public void Loader_StaysWithinTheBatchesAhead()
    {
        int highest = -1;
        using var loader = new BatchLoader(20, 5, 1, Plan, (plan, _, _) => Volatile.Write(ref highest, plan.Epoch), threads: 1, batchesAhead: 2);
        for (int batch = 0; batch < 20; batch++)
        {
            loader.Take(() => { });
            Assert.IsTrue(Volatile.Read(ref highest) <= batch + 2, "no further than two ahead of the batch in use");
        }
    }

    [TestMethod]
    public void FirstErrorOfABatch_IsThrown_WhenItsTurnComes()
    {
        using var loader = new BatchLoader(4, 5, 1, Plan, Fill, threads: 3, batchesAhead: 3);
        loader.Take(() => { });
        Assert.AreEqual("6", Assert.ThrowsExactly<InvalidDataException>(() => loader.Take(() => { })).Message);

        static void Fill(PlannedBatch plan, int item, Span<float> pixels)
        {
            if (item is 6 or 8) throw new InvalidDataException($"{item}");
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void BatchesAreFinished_WhenAllOfTheirImagesAreThere_AndNotAfterAnError(int threads)
    {
        int finished = 0;
        using var loader = new BatchLoader(6, 5, 1, Plan, Fill, threads, batchesAhead: 2, Finish);
        for (int batch = 0; batch < 4; batch++)
        {
            float[] expected = [.. Plan(batch).Items.Select(item => -(float)item)];
            CollectionAssert.AreEqual(expected, loader.Take(() => { }).Images[..expected.Length]);
        }
        Assert.ThrowsExactly<InvalidDataException>(() => loader.Take(() => { }), "of the image");
        Assert.ThrowsExactly<NotSupportedException>(() => loader.Take(() => { }), "of the finish");
        Assert.AreEqual(5, finished);

        static void Fill(PlannedBatch plan, int item, Span<float> pixels)
        {
            if (item == 22) throw new InvalidDataException();
            if (item % 3 == 0) Thread.Yield();
            pixels[0] = item;
        }

        void Finish(LoadedBatch batch)
        {
            Interlocked.Increment(ref finished);
            if (batch.Number == 5) throw new NotSupportedException();
            foreach (ref float value in batch.Images.AsSpan()) value = -value;
        }
    }

    [TestMethod]
    public void WaitForASlowImage_EndsWhenTheCallerGivesUp()
    {
        using var release = new ManualResetEventSlim();
        using var loader = new BatchLoader(2, 5, 1, Plan, (_, _, _) => release.Wait(), threads: 2, batchesAhead: 1);
        int calls = 0;
        Assert.ThrowsExactly<OperationCanceledException>(() => loader.Take(() =>
        {
            if (++calls == 3) throw new OperationCanceledException();
        }));
        release.Set();
    }

    /// <summary>Batch n holds the items from 5n on; every third is one short. The epoch carries the batch's number.</summary>
    private static PlannedBatch Plan(int number) => new(number, IsValidation: false, [.. Enumerable.Range(number * 5, number % 3 == 2 ? 4 : 5)]);
}
