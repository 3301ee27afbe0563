using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distributed;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// The features of all images of a run, as the classifier reads them (pooled, normalized), computed once from images preprocessed as for scoring. A linear
/// probe trains on them instead of pixels.
/// </summary>
internal sealed class FeatureCache
{
    private readonly float[]?[] _train;
    private readonly float[]?[] _validation;

    private FeatureCache(int featureCount, float[]?[] train, float[]?[] validation) => (FeatureCount, _train, _validation) = (featureCount, train, validation);

    /// <summary>Number of floats per image.</summary>
    internal int FeatureCount { get; }

    internal long Bytes => (long)FeatureCount * sizeof(float) * (_train.Count(features => features is not null) + _validation.Count(features => features is not null));

    /// <summary>Computes the features of both sets; several ranks share them.</summary>
    internal static FeatureCache Compute(
        IScoringEngine engine, TrainingOptions options, ImageSet train, ImageSet? validation, int loaderThreads, RunRanks ranks)
    {
        int length = engine.FeatureCount;
        return new FeatureCache(length, Compute(train), validation is null ? [] : Compute(validation));

        float[]?[] Compute(ImageSet set)
        {
            var features = new float[set.Labels.Length][];
            int height = options.Preprocessing.Height, width = options.Preprocessing.Width;
            float[] results = new float[options.BatchSize * length];
            ItemPass.Run(ranks.PartOf(set.Items), options.Preprocessing.Length, Fill, ranks.Limit(options), loaderThreads, ranks.CheckAlive, (items, pixels) =>
            {
                engine.Featurize(pixels, items.Length, height, width, results);
                for (int image = 0; image < items.Length; image++)
                    features[items[image]] = results[(image * length)..((image + 1) * length)];
            }, options.SkipUnreadableImages ? new ReadErrors((_, item, error) => set.LeaveOut(item, error.Message)) : null);
            RankRows.Share(ranks.Group, features, length);
            foreach (int item in set.Items.Where(item => features[item] is null)) set.LeaveOut(item, "another rank cannot read it");
            return features;

            void Fill(PlannedBatch plan, int item, Span<float> pixels)
            {
                using var image = set.Load(item);
                options.Preprocessing.Apply(image, pixels);
            }
        }
    }

    /// <summary>Fits a head to the features of the training images that have a label.</summary>
    internal SolvedHead SolveHead(ImageSet set, int classes, long seed, Action checkAlive)
    {
        int[] items = [.. set.Items.Where(item => _train[item] is not null && set.LabelOf(item) >= 0)];
        return SolvedHead.Fit([.. items.Select(item => _train[item]!)], [.. items.Select(set.LabelOf)], classes, seed, checkAlive);
    }

    /// <summary>Copies the features of an item, or of a repetition of one (<see cref="BalancedOrder"/>).</summary>
    internal void CopyTo(bool isValidation, int item, Span<float> destination)
    {
        float[]?[] set = isValidation ? _validation : _train;
        set[item % set.Length].CopyTo(destination);
    }
}
