using System.Runtime.CompilerServices;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.Engines;

/// <summary>When the network of a model is in memory, and that a disposed model hurts nobody who still uses it.</summary>
[TestClass]
public sealed class ModelLifetimeTests
{
    private static readonly Lazy<string> File = new(Save);

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Dispose_FreesTheNetwork_AndTheModelCanStillBeUsedAndSaved()
    {
        ConvNeXtClassificationTransformer model = Load();
        Assert.IsFalse(model.Network.IsOpen, "loading creates no engine");
        float[] expected = TinyModel.Score(model);
        Assert.IsTrue(model.Network.IsOpen);
        model.Dispose();
        Assert.IsFalse(model.Network.IsOpen);
        CollectionAssert.AreEqual(expected, TinyModel.Score(model));
        Assert.IsFalse(model.Network.IsOpen, "a disposed model keeps no engine");
        model.Dispose();
        string copy = Path.Combine(TestFolders.CreateTemporary(), "copy.zip");
        _context.Model.Save(model, null, copy);
        CollectionAssert.AreEqual(expected, TinyModel.Score((ConvNeXtClassificationTransformer)_context.Model.Load(copy, out _)));
    }

    [TestMethod]
    public void CopiesWithOtherSettings_ShareTheNetwork_UntilTheLastOneIsDisposed()
    {
        ConvNeXtClassificationTransformer model = Load();
        ConvNeXtClassificationTransformer copy = model.WithImageRootFolder(TestFolders.CreateTemporary()).WithImageRootFolder(null).WithProblemColumn("Problem");
        ConvNeXtFeaturizingTransformer featurizer = _context.Transforms.ConvNeXtFeaturizer(new ConvNeXtFeaturizingEstimator.Options { Model = model })
            .Fit(_context.Data.LoadFromEnumerable(TinyModel.TestSet));
        Assert.IsFalse(copy.Network.IsOpen);
        TinyModel.Score(model);
        Assert.IsTrue(copy.Network.IsOpen, "it is the same engine");
        TinyModel.Score(copy);
        Featurize(featurizer);
        model.Dispose();
        Assert.IsTrue(copy.Network.IsOpen);
        copy.Dispose();
        Assert.IsTrue(copy.Network.IsOpen, "the featurizer uses it");
        featurizer.Dispose();
        Assert.IsFalse(copy.Network.IsOpen);

        using ConvNeXtClassificationTransformer other = model.WithEngine(ConvNeXtEngine.Managed);
        TinyModel.Score(other);
        Assert.IsTrue(other.Network.IsOpen);
        Assert.IsFalse(model.Network.IsOpen, "another engine is another one");
    }

    [TestMethod]
    public void PredictionEngines_ThatDisposeTheirModel_DoNotDisturbEachOther()
    {
        ConvNeXtClassificationTransformer model = Load();
        PredictionEngine<LabeledImage, ScoredImage> first = CreateEngine(model), second = CreateEngine(model);
        float[] expected = first.Predict(TinyModel.TestSet[0]).Score;
        CollectionAssert.AreEqual(expected, second.Predict(TinyModel.TestSet[0]).Score);
        first.Dispose();
        Assert.IsFalse(model.Network.IsOpen);
        CollectionAssert.AreEqual(expected, second.Predict(TinyModel.TestSet[0]).Score);
        Assert.IsTrue(model.Network.IsOpen, "the second one opened it again");
        second.Dispose();
        Assert.IsFalse(model.Network.IsOpen);
        using (PredictionEngine<LabeledImage, ScoredImage> third = CreateEngine(model)) CollectionAssert.AreEqual(expected, third.Predict(TinyModel.TestSet[0]).Score);
        Assert.IsFalse(model.Network.IsOpen);
    }

    [TestMethod]
    public void ANetworkThatIsCreatedAgainAndAgain_IsWarnedOfOnce()
    {
        var warnings = new List<string>();
        _context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning) warnings.Add(message.Message);
        };
        var model = (ConvNeXtClassificationTransformer)_context.Model.Load(File.Value, out _);
        for (int i = 0; i < 10; i++)
        {
            using PredictionEngine<LabeledImage, ScoredImage> engine = CreateEngine(model);
            engine.Predict(TinyModel.TestSet[0]);
        }

        StringAssert.Contains(warnings.Single(), "PredictionEngineOptions.OwnsTransformer");
    }

    [TestMethod]
    public void ADisposedCursor_SaysSo()
    {
        IDataView scored = Load().Transform(_context.Data.LoadFromEnumerable(TinyModel.TestSet));
        DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema.Where(column => column.Name is "Score" or "ImagePath"));
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        Assert.IsTrue(cursor.MoveNext());
        cursor.Dispose();
        VBuffer<float> score = default;
        Assert.IsFalse(cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => getter(ref score));
    }

    [TestMethod]
    public void APipeline_FreesTheNetworkOfItsModel()
    {
        ConvNeXtClassificationTransformer model = Load();
        TransformerChain<ITransformer> chain = CreateChain(model);
        using (PredictionEngine<LabeledImage, ScoredImage> engine = CreateEngine(chain)) engine.Predict(TinyModel.TestSet[0]);
        Assert.IsFalse(model.Network.IsOpen);
    }

    [TestMethod]
    public void ThePredictionEngineOfADisposedPipeline_KeepsTheNetwork_UntilItIsCollected()
    {
        ConvNeXtClassificationTransformer model = Load();
        TransformerChain<ITransformer> chain = CreateChain(model); // disposes its models only once
        UseAndDropEngine(chain, model);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.IsFalse(model.Network.IsOpen);
        GC.KeepAlive(chain);
    }

    [TestMethod]
    public void AnOpenCursor_KeepsTheNetwork_ThoughTheModelIsDisposed()
    {
        ConvNeXtClassificationTransformer model = Load();
        IDataView scored = model.Transform(_context.Data.LoadFromEnumerable(TinyModel.TestSet));
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]))
        {
            Assert.IsTrue(cursor.MoveNext());
            model.Dispose();
            Assert.IsTrue(model.Network.IsOpen);
            Assert.IsTrue(cursor.MoveNext());
        }

        Assert.IsFalse(model.Network.IsOpen);
    }

    [TestMethod]
    public void AnImageThatCannotBeReadOnce_IsReadTheNextTime()
    {
        using PredictionEngine<LabeledImage, ScoredImage> engine = CreateEngine(Load());
        var image = new LabeledImage { ImagePath = Path.Combine(TestFolders.CreateTemporary(), "image.bmp") };
        Assert.IsTrue(float.IsNaN(engine.Predict(image).Score[0]));
        System.IO.File.Copy(TinyModel.TestSet[0].ImagePath, image.ImagePath);
        CollectionAssert.AreEqual(engine.Predict(TinyModel.TestSet[0]).Score, engine.Predict(image).Score);
    }

    internal static ConvNeXtClassificationTransformer Load() => (ConvNeXtClassificationTransformer)new MLContext(seed: 1).Model.Load(File.Value, out _);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void UseAndDropEngine(TransformerChain<ITransformer> chain, ConvNeXtClassificationTransformer model)
    {
        PredictionEngine<LabeledImage, ScoredImage> engine = CreateEngine(chain);
        chain.Dispose();
        for (int i = 0; i < 2; i++)
        {
            engine.Predict(TinyModel.TestSet[i]);
            Assert.IsTrue(model.Network.IsOpen);
        }
    }

    private TransformerChain<ITransformer> CreateChain(ConvNeXtClassificationTransformer model)
    {
        IDataView data = TinyModel.WithKeys(_context, TinyModel.TestSet);
        return new TransformerChain<ITransformer>(model, _context.Transforms.CopyColumns("Copy", "Score").Fit(model.Transform(data)));
    }

    private static string Save()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "model.zip");
        new MLContext().Model.Save(TinyModel.Transformer, null, path);
        return path;
    }

    private PredictionEngine<LabeledImage, ScoredImage> CreateEngine(ITransformer model) =>
        _context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(model);

    private void Featurize(ConvNeXtFeaturizingTransformer featurizer)
    {
        IDataView view = featurizer.Transform(_context.Data.LoadFromEnumerable(TinyModel.TestSet.Take(2)));
        Assert.AreEqual(2, view.GetColumn<float[]>("Features").Count());
    }
}
