using System.Diagnostics;
using ConvNeXt.MLNet.Hosting.Diagnostics;
using ConvNeXt.MLNet.Scoring;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>
/// One of the threads in front of the network: it takes the prepared images that are there, computes them together, and answers their requests. While one lane
/// computes, the engine uses all cores; while several do, each has one.
/// </summary>
internal sealed class ScoringLane(PreparedLine prepared, WaitEstimate estimate, ClassifierMetrics metrics, TimeProvider time, ILogger logger)
{
    private float[] _pixels = [];
    private float[] _scores = [];

    /// <summary>Works until the line is closed.</summary>
    public void Run()
    {
        var batch = new List<ClassificationRequest>();
        while (prepared.TakeBatch(batch)) Finish(batch);
    }

    // Like the decoder's, a method of its own, so that no variable keeps a model while the lane waits.
    private void Finish(List<ClassificationRequest> batch)
    {
        foreach (ClassificationRequest request in batch)
        {
            request.CountWaiting();
            if (request.IsAnswered) request.End();
        }
        batch.RemoveAll(static request => request.IsEnded);
        if (batch.Count > 0) Score(batch);
        batch.Clear();
        prepared.EndBatch();
    }

    private void Score(List<ClassificationRequest> batch)
    {
        using Activity? activity = Tracing.StartBatch(batch);
        try
        {
            Compute(batch);
        }
        catch (Exception e)
        {
            logger.ComputingFailed(e, batch.Count);
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            ScoreOneByOne(batch);
        }
    }

    // What one image or the size of the batch has caused is not to cost the others their result.
    private void ScoreOneByOne(List<ClassificationRequest> batch)
    {
        foreach (ClassificationRequest request in batch)
        {
            try
            {
                if (batch.Count > 1 && !request.IsEnded) Compute([request]);
            }
            catch (Exception e)
            {
                logger.ComputingFailed(e, 1);
            }
            request.Complete(Problems.Create(ClassificationStatus.Failed)); // no effect if it was computed
        }
    }

    private void Compute(List<ClassificationRequest> batch)
    {
        ImageScorer scorer = batch[0].Model.Scorer;
        int count = batch.Count, each = scorer.VectorLength;
        long start = time.GetTimestamp();
        if (_scores.Length < count * each) _scores = new float[count * each];
        Span<float> scores = _scores.AsSpan(0, count * each);
        scorer.Run(Gather(batch, scorer.PixelCount), count, scores);
        TimeSpan duration = time.GetElapsedTime(start);
        metrics.RecordBatch(count, duration);
        estimate.CountBatch(start, count);
        for (int i = 0; i < count; i++) batch[i].Complete(CreateResult(batch[i], scores.Slice(i * each, each), count), duration);
    }

    private ReadOnlySpan<float> Gather(List<ClassificationRequest> batch, int each)
    {
        if (batch.Count == 1) return batch[0].Pixels;
        if (_pixels.Length < batch.Count * each) _pixels = GC.AllocateUninitializedArray<float>(batch.Count * each);
        for (int i = 0; i < batch.Count; i++) batch[i].Pixels.CopyTo(_pixels.AsSpan(i * each, each));
        return _pixels;
    }

    private static ClassificationResult CreateResult(ClassificationRequest request, ReadOnlySpan<float> scores, int count)
    {
        ClassProbability[] top = TopClasses.Find(scores, request.Model.Labels, request.Settings.TopCount);
        if (!float.IsFinite(top[0].Probability)) return Problems.Create(ClassificationStatus.Failed, "The network gave no finite scores for the image.");
        return new ClassificationResult
        {
            Status = ClassificationStatus.Classified,
            Label = top[0].Label,
            Probability = top[0].Probability,
            IsUnsure = top[0].Probability < request.Settings.UnsureBelow,
            Top = top,
            ModelVersion = request.Model.Version,
            BatchSize = count,
        };
    }
}
