using System.Numerics.Tensors;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>
/// The teacher's output at a stage, standardized: each channel has mean 0 and deviation 1 over pixels and training images, so that none dominates the squared
/// error.
/// </summary>
internal sealed class TeacherMap
{
    /// <summary>Number of training images, evenly sampled, from which mean and deviation are measured.</summary>
    internal const int MostImages = 256;

    /// <summary>Smallest deviation, as a share of the mean over all channels: a channel that hardly varies is not blown up.</summary>
    private const double LeastDeviation = 1e-3;

    private readonly float[] _factors;
    private readonly float[] _offsets;

    private TeacherMap(int stage, float[] factors, float[] offsets) => (Stage, _factors, _offsets) = (stage, factors, offsets);

    /// <summary>The stage, from 0.</summary>
    internal int Stage { get; }

    /// <summary>Number of channels.</summary>
    internal int Channels => _factors.Length;

    /// <summary>Measures the channels of the given stages.</summary>
    internal static TeacherMap[] Measure(
        TeacherScorer teacher, IReadOnlyList<int> stages, TrainingOptions options, ImageSet train, int loaderThreads, Action checkAlive)
    {
        int count = Math.Min(train.Items.Length, MostImages);
        var sums = stages.Select(stage => new ChannelSums(teacher.MapShape(stage), options.BatchSize)).ToArray();
        TeacherPass.Run(options, train, [.. Enumerable.Range(0, count).Select(i => train.Items[(int)((long)i * train.Items.Length / count)])], loaderThreads, checkAlive, (items, pixels) =>
        {
            for (int i = 0; i < stages.Count; i++)
            {
                teacher.Map(pixels, items.Length, stages[i], sums[i].Map);
                sums[i].Add(items.Length);
            }
        });
        return [.. sums.Select((sum, i) => sum.ToMap(stages[i]))];
    }

    /// <summary>Computes the standardized map of a batch, [count, height, width, channels].</summary>
    internal void Compute(TeacherScorer teacher, ReadOnlySpan<float> images, int count, Span<float> map)
    {
        teacher.Map(images, count, Stage, map);
        var (height, width, channels) = teacher.MapShape(Stage);
        for (int row = 0; row < count * height * width; row++)
        {
            var values = map.Slice(row * channels, channels);
            TensorPrimitives.MultiplyAdd(values, _factors, _offsets, values);
        }
    }

    private sealed class ChannelSums((int Height, int Width, int Channels) shape, int batchSize)
    {
        private readonly double[] _sums = new double[shape.Channels];
        private readonly double[] _squares = new double[shape.Channels];
        private long _rows;

        internal float[] Map { get; } = new float[checked(batchSize * shape.Height * shape.Width * shape.Channels)];

        internal void Add(int images)
        {
            int rows = images * shape.Height * shape.Width;
            for (int i = 0; i < rows * shape.Channels; i++)
            {
                double value = Map[i];
                _sums[i % shape.Channels] += value;
                _squares[i % shape.Channels] += value * value;
            }
            _rows += rows;
        }

        internal TeacherMap ToMap(int stage)
        {
            double[] means = [.. _sums.Select(sum => sum / _rows)];
            double[] deviations = [.. _squares.Select((square, c) => Math.Sqrt(Math.Max((square / _rows) - (means[c] * means[c]), 0)))];
            double least = Math.Max(LeastDeviation * deviations.Average(), double.Epsilon);
            double[] factors = [.. deviations.Select(deviation => 1 / Math.Max(deviation, least))];
            return new TeacherMap(stage, [.. factors.Select(factor => (float)factor)], [.. factors.Select((factor, c) => (float)(-means[c] * factor))]);
        }
    }
}
