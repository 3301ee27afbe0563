namespace ConvNeXt.Backbone.Layers;

/// <summary>What rounding does to a block: sums over its output, less its input.</summary>
internal struct BlockError
{
    /// <summary>Sum of the squares of what the block adds in float32.</summary>
    public double Signal;

    /// <summary>Sum of the squares of the difference that rounding makes.</summary>
    public double Noise;

    /// <summary>
    /// Signal-to-noise ratio in decibels: infinite if nothing differs, negative infinity if a value is not a number.
    /// </summary>
    public readonly double Decibels
    {
        get
        {
            if (Noise == 0) return double.PositiveInfinity;
            double decibels = 10 * Math.Log10(Signal / Noise);
            return double.IsNaN(decibels) ? double.NegativeInfinity : decibels;
        }
    }

    /// <summary>Adds one output.</summary>
    public void Add(ReadOnlySpan<float> input, ReadOnlySpan<float> exact, ReadOnlySpan<float> rounded)
    {
        for (int i = 0; i < input.Length; i++)
        {
            double added = (double)exact[i] - input[i], difference = (double)rounded[i] - exact[i];
            Signal += added * added;
            Noise += difference * difference;
        }
    }
}
