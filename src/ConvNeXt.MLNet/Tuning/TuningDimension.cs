using System.Collections.Immutable;
using ConvNeXt.MLNet.Tuning.Trials;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>How the values of a <see cref="TuningDimension"/> are drawn.</summary>
internal enum TuningScale
{
    /// <summary>Evenly between the lowest and the highest value.</summary>
    Linear,

    /// <summary>Evenly by the logarithm, for values whose ratio matters.</summary>
    Logarithmic,

    /// <summary>One of the values.</summary>
    Choice,
}

/// <summary>One thing that a search changes: its name, its range and its scale.</summary>
public sealed record TuningDimension
{
    // Numbers in a journal that a person reads; finer differences do not matter.
    private const int Digits = 3;

    private TuningDimension(string name, TuningScale scale, ImmutableArray<double> values) => (Name, Scale, Values) = (name, scale, values);

    /// <summary>One of <see cref="TunedOption"/>.</summary>
    public string Name { get; }

    /// <summary>How values are drawn.</summary>
    internal TuningScale Scale { get; }

    /// <summary>The lowest and the highest value, or the values to choose from, in ascending order.</summary>
    public ImmutableArray<double> Values { get; }

    /// <summary>Values between two numbers, all equally likely.</summary>
    /// <exception cref="ArgumentException">The name is none of <see cref="TunedOption"/>, or a value is out of its range.</exception>
    public static TuningDimension Linear(string name, double low, double high) => Create(name, TuningScale.Linear, [low, high]);

    /// <summary>Values between two numbers above 0, whose logarithms are equally likely.</summary>
    /// <exception cref="ArgumentException">As by <see cref="Linear"/>, or the lowest value is not above 0.</exception>
    public static TuningDimension Logarithmic(string name, double low, double high) => Create(name, TuningScale.Logarithmic, [low, high]);

    /// <summary>Some values, all equally likely.</summary>
    /// <exception cref="ArgumentException">As by <see cref="Linear"/>, or there are no values.</exception>
    public static TuningDimension Choice(string name, params IEnumerable<double> values) => Create(name, TuningScale.Choice, [.. values.Distinct().Order()]);

    /// <summary>The dimension as text, such as "learningRate from 0.0001 to 0.004 (logarithmic)".</summary>
    public override string ToString()
    {
        if (Scale == TuningScale.Choice) return $"{Name} of {string.Join(", ", Values.Select(value => Invariant($"{value}")))}";
        return Invariant($"{Name} from {Values[0]} to {Values[^1]}{(Scale == TuningScale.Logarithmic ? " (logarithmic)" : "")}");
    }

    /// <summary>Returns the value at a position.</summary>
    /// <param name="position">In [0, 1).</param>
    internal double At(double position) => Scale switch
    {
        TuningScale.Choice => Values[(int)(position * Values.Length)],
        TuningScale.Logarithmic => Round(Values[0] * Math.Pow(Values[1] / Values[0], position)),
        _ => Round(Values[0] + (position * (Values[1] - Values[0]))),
    };

    /// <summary>Returns the position of a value, in [0, 1]; the middle for one that is not in the range.</summary>
    internal double PositionOf(double value)
    {
        if (Scale == TuningScale.Choice) return Values.IndexOf(value) is >= 0 and int index ? (index + 0.5) / Values.Length : 0.5;
        double position = Scale == TuningScale.Logarithmic
            ? Math.Log(value / Values[0]) / Math.Log(Values[1] / Values[0])
            : (value - Values[0]) / (Values[1] - Values[0]);
        return position is >= 0 and <= 1 ? position : 0.5;
    }

    private static TuningDimension Create(string name, TuningScale scale, ImmutableArray<double> values)
    {
        if (values.IsEmpty) throw new ArgumentException($"'{name}' has no values to choose from.", nameof(values));
        foreach (double value in values) TunedValues.Check(name, value);
        if (scale != TuningScale.Choice && !(values[0] < values[1]))
            throw new ArgumentException(Invariant($"The range of '{name}' is from {values[0]} to {values[1]}; the first must be lower."), nameof(values));
        if (scale == TuningScale.Logarithmic && values[0] <= 0)
            throw new ArgumentException(Invariant($"The range of '{name}' starts at {values[0]}; on a logarithmic scale it must be above 0."), nameof(values));
        return new TuningDimension(name, scale, values);
    }

    private static double Round(double value)
    {
        if (value == 0) return 0;
        int decimals = Digits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return Math.Round(value, Math.Clamp(decimals, 0, 12));
    }
}
