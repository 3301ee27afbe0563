using System.Globalization;

namespace ConvNeXt.Parity;

/// <summary>One figure of a case and what it may be at most.</summary>
internal readonly record struct Measure(string What, double Value, double Tolerance)
{
    public bool Holds => Value <= Tolerance;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{What} {Value:0.0e+0}{(Holds ? "" : $" (> {Tolerance:0.0e+0})")}");
}

/// <summary>A case that was run.</summary>
internal sealed record CaseResult(string Name, IReadOnlyList<Measure> Measures)
{
    public bool Passes => Measures.Count > 0 && Measures.All(measure => measure.Holds);

    public override string ToString() => $"{(Passes ? "PASS" : "FAIL")} {Name}: {(Measures.Count == 0 ? "nothing was compared" : string.Join(", ", Measures))}";
}
