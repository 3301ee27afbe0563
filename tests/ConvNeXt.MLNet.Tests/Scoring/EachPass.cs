using System.Collections;
using ConvNeXt.MLNet;

namespace ConvNeXt.Tests.Scoring;

/// <summary>Rows that may differ each time they are gone through, as those of a query do.</summary>
internal sealed class EachPass(Func<int, IEnumerable<LabeledImage>> create) : IEnumerable<LabeledImage>
{
    private int _passes;

    /// <summary>How many times the rows were gone through.</summary>
    public int Passes => Volatile.Read(ref _passes);

    public IEnumerator<LabeledImage> GetEnumerator() => create(Interlocked.Increment(ref _passes)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What the images of the test set score, each by itself through a PredictionEngine.</summary>
internal static class SingleScores
{
    private static readonly Lazy<IReadOnlyDictionary<string, float[]>> _scores = new(() =>
    {
        using var engine = new Microsoft.ML.MLContext().Model.CreatePredictionEngine<LabeledImage, ScoredImage>(TinyModel.Transformer);
        return TinyModel.TestSet.ToDictionary(image => image.ImagePath, image => engine.Predict(image).Score);
    });

    /// <summary>So many rows of the test set, which is repeated.</summary>
    public static LabeledImage[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => TinyModel.TestSet[i % TinyModel.TestSet.Count])];

    /// <summary>Each row must have the score of its own image, to the bit.</summary>
    public static void AssertOwn(IEnumerable<ScoredImage> rows)
    {
        foreach (ScoredImage row in rows) CollectionAssert.AreEqual(_scores.Value[row.ImagePath], row.Score, row.ImagePath);
    }
}
