using System.Numerics.Tensors;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>
/// Converts a student's normalized pixels into those that its teacher was trained with: the same picture with the teacher's mean and deviation
/// (x * a + b per channel), and, where its image size differs, resampled by Pillow's bilinear filter in float32 (antialiased when shrinking).
/// </summary>
internal sealed class TeacherPixels
{
    private const int Channels = 3;

    private readonly int _from;
    private readonly int _to;
    private readonly bool _sameStatistics;
    private readonly float[] _factors;
    private readonly float[] _offsets;
    private readonly (int Start, float[] Weights)[] _taps = [];

    /// <summary>Prepares the conversion.</summary>
    /// <param name="student">The student's preprocessing.</param>
    /// <param name="teacher">The teacher's.</param>
    internal TeacherPixels(ImagePreprocessing student, ImagePreprocessing teacher)
    {
        (_from, _to) = (student.Size, teacher.Size);
        _sameStatistics = student.Mean == teacher.Mean && student.StandardDeviation == teacher.StandardDeviation;
        var channels = Enumerable.Range(0, Channels).Select(channel => (
            Factor: (double)Of(student.StandardDeviation, channel) / Of(teacher.StandardDeviation, channel),
            Offset: ((double)Of(student.Mean, channel) - Of(teacher.Mean, channel)) / Of(teacher.StandardDeviation, channel))).ToArray();
        // A row of pixels each, so that one product covers it.
        _factors = [.. Enumerable.Range(0, _to * Channels).Select(i => (float)channels[i % Channels].Factor)];
        _offsets = [.. Enumerable.Range(0, _to * Channels).Select(i => (float)channels[i % Channels].Offset)];
        if (_from != _to) _taps = CreateTaps(_from, _to);
    }

    /// <summary>Width and height of the teacher's images.</summary>
    internal int Size => _to;

    /// <summary>Number of floats of one converted image.</summary>
    internal int Length => _to * _to * Channels;

    /// <summary>Whether the teacher reads the student's pixels as they are.</summary>
    internal bool IsIdentity => _sameStatistics && _from == _to;

    /// <summary>Converts images.</summary>
    /// <param name="images">[count, student's size, student's size, 3].</param>
    /// <param name="count">Number of images.</param>
    /// <param name="destination">Receives [count, <see cref="Size"/>, <see cref="Size"/>, 3].</param>
    internal void Convert(ReadOnlySpan<float> images, int count, Span<float> destination)
    {
        int source = _from * _from * Channels, row = _to * Channels;
        float[] narrowed = _from == _to ? [] : new float[_from * row];
        for (int image = 0; image < count; image++)
        {
            var from = images.Slice(image * source, source);
            var to = destination.Slice(image * Length, Length);
            if (_from == _to) from.CopyTo(to);
            else Resample(from, narrowed, to);
            if (_sameStatistics) continue;
            for (int y = 0; y < _to; y++) TensorPrimitives.MultiplyAdd(to.Slice(y * row, row), _factors, _offsets, to.Slice(y * row, row));
        }
    }

    private void Resample(ReadOnlySpan<float> image, Span<float> narrowed, Span<float> result)
    {
        int row = _to * Channels;
        for (int y = 0; y < _from; y++)
        {
            var source = image.Slice(y * _from * Channels, _from * Channels);
            var target = narrowed.Slice(y * row, row);
            for (int x = 0; x < _to; x++)
            {
                var (start, weights) = _taps[x];
                for (int channel = 0; channel < Channels; channel++)
                {
                    float sum = 0;
                    for (int tap = 0; tap < weights.Length; tap++) sum += weights[tap] * source[((start + tap) * Channels) + channel];
                    target[(x * Channels) + channel] = sum;
                }
            }
        }
        for (int y = 0; y < _to; y++)
        {
            var (start, weights) = _taps[y];
            var target = result.Slice(y * row, row);
            target.Clear();
            for (int tap = 0; tap < weights.Length; tap++)
                TensorPrimitives.MultiplyAdd(narrowed.Slice((start + tap) * row, row), weights[tap], target, target);
        }
    }

    private static (int Start, float[] Weights)[] CreateTaps(int from, int to)
    {
        using var filter = new ResampleFilter(from, to, 0, to, Interpolation.Bilinear);
        var taps = new (int Start, float[] Weights)[to];
        for (int i = 0; i < to; i++)
        {
            var weights = new float[filter.Weights(i).Length];
            for (int tap = 0; tap < weights.Length; tap++) weights[tap] = (float)(filter.Weights(i)[tap] / (double)(1 << ResampleFilter.FractionBits));
            taps[i] = (filter.Start(i), weights);
        }
        return taps;
    }

    private static float Of(RgbTriple values, int channel) => channel switch { 0 => values.Red, 1 => values.Green, _ => values.Blue };
}
