using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Tuning.Search;

namespace ConvNeXt.MLNet.Tuning.Trials;

/// <summary>The loss of each image of a set by a trained network.</summary>
internal static class ImageLosses
{
    // As in an evaluation: the logarithm of a probability of 0 would make the mean infinite.
    private const double LargestLoss = 34.5;

    private const int Decimals = 4;

    /// <summary>Computes the losses.</summary>
    /// <param name="engine">The network.</param>
    /// <param name="images">The images, all with a label.</param>
    /// <param name="options">Preprocessing and batch size.</param>
    /// <param name="loaderThreads">Number of threads that read images.</param>
    /// <param name="checkAlive">Throws to cancel.</param>
    public static TrialOutcome Compute(IScoringEngine engine, LabeledImages images, TrainingOptions options, int loaderThreads, Action checkAlive)
    {
        int classes = engine.Config.ClassCount, height = options.Preprocessing.Height, width = options.Preprocessing.Width, hits = 0;
        var set = new ImageSet(images, classes, isValidation: true);
        float[] logits = new float[options.BatchSize * classes];
        var losses = ImmutableArray.CreateBuilder<float>(images.Count);
        ItemPass.Run(set.Items, options.Preprocessing.Length, Fill, options, loaderThreads, checkAlive, (items, pixels) =>
        {
            engine.Score(pixels, items.Length, height, width, logits);
            for (int image = 0; image < items.Length; image++)
            {
                ReadOnlySpan<float> scores = logits.AsSpan(image * classes, classes);
                int label = set.LabelOf(items[image]), best = ClassificationTally.IndexOfLargest(scores);
                double sum = 0;
                foreach (float score in scores) sum += Math.Exp((double)score - scores[best]);
                double loss = Math.Log(sum) + scores[best] - scores[label];
                losses.Add(MathF.Round((float)Math.Min(LargestLoss, loss), Decimals));
                if (best == label) hits++;
            }
        });
        if (!losses.All(float.IsFinite)) return new TrialOutcome { Failure = "The scores of the network are not finite." };
        return new TrialOutcome { Losses = losses.ToImmutable(), Hits = hits };

        void Fill(PlannedBatch plan, int item, Span<float> pixels)
        {
            using var image = set.Load(item);
            options.Preprocessing.Apply(image, pixels);
        }
    }
}
