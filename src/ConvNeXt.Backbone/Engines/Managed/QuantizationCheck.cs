using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>
/// Compares scoring with 8-bit products with float32. The first pass over the images finds the blocks that rounding changes too much, which then stay in
/// float32; a second one compares the probabilities.
/// </summary>
internal sealed class QuantizationCheck(
    ConvNeXtConfig config, WeightSet weights, int? threads, int height, int width, double temperature, QuantizationOptions options)
{
    /// <summary>Runs the check.</summary>
    /// <param name="batches">Normalized images, [count, height, width, 3] each; enumerated twice.</param>
    /// <exception cref="ArgumentException">There are no images, or an option is out of range.</exception>
    /// <exception cref="QuantizationException">The results differ more than they may.</exception>
    public QuantizationReport Run(IEnumerable<ReadOnlyMemory<float>> batches)
    {
        options.Validate();
        ImmutableArray<BlockQuantization> blocks = MeasureBlocks(batches);
        QuantizationReport report = Compare(batches, blocks);
        if (report.Agreement < options.LowestAgreement)
        {
            throw new QuantizationException(
                Invariant($"With 8-bit products {report.Agreement:P2} of the images keep their class, but {options.LowestAgreement:P2} must. {report}"), report);
        }

        // Not <=, so that NaN is refused.
        if (!(report.MeanChange <= options.LargestMeanChange))
        {
            throw new QuantizationException(
                Invariant($"With 8-bit products probabilities change by {report.MeanChange:0.0000} on average, ")
                + Invariant($"but {options.LargestMeanChange:0.0000} is allowed. {report}"),
                report);
        }

        return report;
    }

    private ImmutableArray<BlockQuantization> MeasureBlocks(IEnumerable<ReadOnlyMemory<float>> batches)
    {
        var errors = new BlockError[config.Depths.Sum()];
        using (var engine = new ManagedScoringEngine(config, weights, new EngineOptions { ThreadCount = threads, Precision = ComputePrecision.Int8 }))
        {
            foreach (var batch in batches) engine.MeasureQuantization(batch.Span, CountOf(batch), height, width, errors);
        }

        IEnumerable<string> names =
            from stage in Enumerable.Range(0, config.Depths.Length)
            from block in Enumerable.Range(0, config.Depths[stage])
            select ParameterTable.BlockName(config, stage, block);
        return [.. names.Zip(errors, (name, error) => new BlockQuantization(name, error.Decibels, !(error.Decibels >= options.LowestBlockDecibels)))];
    }

    private QuantizationReport Compare(IEnumerable<ReadOnlyMemory<float>> batches, ImmutableArray<BlockQuantization> blocks)
    {
        ImmutableArray<string> single = [.. blocks.Where(block => block.IsSingle).Select(block => block.Name)];
        using var exact = new ManagedScoringEngine(config, weights, new EngineOptions { ThreadCount = threads });
        using var rounded = new ManagedScoringEngine(
            config, weights, new EngineOptions { ThreadCount = threads, Precision = ComputePrecision.Int8, SingleLayers = single });
        int images = 0, same = 0, classes = config.ClassCount;
        double change = 0, largest = 0;
        foreach (var batch in batches)
        {
            int count = CountOf(batch);
            float[] expected = new float[count * classes], actual = new float[count * classes];
            exact.Score(batch.Span, count, height, width, expected);
            rounded.Score(batch.Span, count, height, width, actual);
            for (int i = 0; i < count; i++)
            {
                double[] before = Softmax(expected.AsSpan(i * classes, classes)), after = Softmax(actual.AsSpan(i * classes, classes));
                if (Array.IndexOf(before, before.Max()) == Array.IndexOf(after, after.Max())) same++;
                double[] changes = [.. before.Zip(after, (one, other) => Math.Abs(one - other))];
                change += changes.Sum() / 2;
                largest = Math.Max(largest, changes.Max());
            }

            images += count;
        }

        if (images == 0) throw new ArgumentException("There is no image to compare the results on.");
        return new QuantizationReport
        {
            Images = images,
            Agreement = (double)same / images,
            MeanChange = change / images,
            LargestChange = largest,
            Blocks = blocks,
        };
    }

    private int CountOf(ReadOnlyMemory<float> batch) => batch.Length / (3 * height * width);

    private double[] Softmax(ReadOnlySpan<float> logits)
    {
        var values = new double[logits.Length];
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        for (int i = 0; i < values.Length; i++) sum += values[i] = Math.Exp((logits[i] - largest) / temperature);
        for (int i = 0; i < values.Length; i++) values[i] /= sum;
        return values;
    }
}
