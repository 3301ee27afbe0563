namespace ConvNeXt.Pretraining.Training;

/// <summary>Mean losses since they were last told.</summary>
internal sealed class LossMeter
{
    private readonly double[] _sums = new double[3];
    private int _count;

    public void Add(double pooled, double map, double hint)
    {
        _sums[0] += pooled;
        _sums[1] += map;
        _sums[2] += hint;
        _count++;
    }

    /// <summary>The means (pooled, map, hint); begins anew.</summary>
    public double[] Take()
    {
        double[] means = [.. _sums.Select(sum => sum / Math.Max(1, _count))];
        _sums.AsSpan().Clear();
        _count = 0;
        return means;
    }
}
