using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The numbers from Min to Max, with Max or without.</summary>
internal readonly record struct Interval(double Min, double Max, bool IncludeMax)
{
    public bool Contains(double value) => Min <= value && (IncludeMax ? value <= Max : value < Max);

    /// <summary>Whether a number lies outside; NaN lies neither inside nor outside.</summary>
    public bool Excludes(double value) => value < Min || (IncludeMax ? value > Max : value >= Max);
}

/// <summary>Keeps the rows whose number lies in an interval, or outside of it.</summary>
internal sealed class RangeFilter(IHostEnvironment env, IDataView source, RowNumber number, Interval interval, bool complement = false)
    : RowFilter(env, nameof(RangeFilter), source)
{
    public override bool CanShuffle => !number.DependsOnOrder && base.CanShuffle;

    protected override IEnumerable<DataViewSchema.Column> TestColumns => number.Columns;

    protected override bool DependsOnOrder => number.DependsOnOrder;

    protected override Func<bool> CreateTest(DataViewRow row)
    {
        Func<double> read = number.CreateReader(row);
        return complement ? () => interval.Excludes(read()) : () => interval.Contains(read());
    }
}
