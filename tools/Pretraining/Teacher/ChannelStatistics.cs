namespace ConvNeXt.Pretraining.Teacher;

/// <summary>Mean and standard deviation of each channel, by which targets are standardized; of channels that hardly vary the deviation is raised.</summary>
internal sealed class ChannelStatistics
{
    /// <summary>Least deviation, relative to the median of all channels.</summary>
    private const float LeastDeviation = 0.3f;

    private readonly float[] _means;
    private readonly float[] _scales;

    private ChannelStatistics(float[] means, float[] scales) => (_means, _scales) = (means, scales);

    /// <summary>Measures rows of channels.</summary>
    public static ChannelStatistics Measure(ReadOnlySpan<float> rows, int channels)
    {
        double[] sums = new double[channels], squares = new double[channels];
        for (int i = 0; i < rows.Length; i++)
        {
            sums[i % channels] += rows[i];
            squares[i % channels] += (double)rows[i] * rows[i];
        }

        int count = rows.Length / channels;
        float[] means = [.. sums.Select(sum => (float)(sum / count))];
        float[] deviations = [.. squares.Select((square, i) => (float)Math.Sqrt(Math.Max(0, (square / count) - (sums[i] / count * sums[i] / count))))];
        float least = LeastDeviation * deviations.Order().ElementAt(channels / 2);
        return new ChannelStatistics(means, [.. deviations.Select(deviation => 1 / Math.Max(deviation, least))]);
    }

    public static ChannelStatistics Read(BinaryReader reader)
    {
        int channels = reader.ReadInt32();
        return new ChannelStatistics(ReadAll(), ReadAll());

        float[] ReadAll() => [.. Enumerable.Range(0, channels).Select(_ => reader.ReadSingle())];
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(_means.Length);
        foreach (float value in _means) writer.Write(value);
        foreach (float value in _scales) writer.Write(value);
    }

    /// <summary>Standardizes rows of channels in place.</summary>
    public void Apply(Span<float> rows)
    {
        for (int first = 0; first < rows.Length; first += _means.Length)
        {
            var row = rows.Slice(first, _means.Length);
            for (int channel = 0; channel < row.Length; channel++) row[channel] = (row[channel] - _means[channel]) * _scales[channel];
        }
    }
}
