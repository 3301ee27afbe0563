using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>One result of a kernel: what it is, what came out, and how to compute what should have.</summary>
/// <param name="What">Name for messages.</param>
/// <param name="Actual">What came out.</param>
/// <param name="Expected">Computes what should have; slow.</param>
/// <param name="Absolute">Largest allowed difference; null for the case's tolerance.</param>
internal sealed record KernelResult(string What, float[] Actual, Func<double[]> Expected, double? Absolute = null);

/// <summary>
/// One kernel on one random shape: what it computes at a vector width, what its plain reference computes, and, where it has a backward, the gradient that the reference's
/// finite differences give. <see cref="KernelTests"/> runs all of the table at every width.
/// </summary>
internal abstract class KernelCase
{
    public required string Name { get; init; }

    /// <summary>Relative to the largest expected value.</summary>
    public double Tolerance { get; init; } = 2e-6;

    /// <summary>Runs the kernel and says what it should have computed.</summary>
    public abstract IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team) where TLanes : unmanaged, ILanes<TLanes>;

    public override string ToString() => Name;

    protected static float[] Random(Random random, int count, float scale = 1f)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = ((random.NextSingle() * 2f) - 1f) * scale;
        return values;
    }

    protected static double[] Doubles(float[] values) => [.. values.Select(value => (double)value)];

    /// <summary>Central differences of sum(weights * function(x)) with respect to every x; scale: the size of x.</summary>
    protected static double[] Differentiate(Func<double[], double[]> function, double[] x, float[] weights, double scale = 1)
    {
        double step = 1e-5 * scale;
        var gradient = new double[x.Length];
        var moved = (double[])x.Clone();
        for (int i = 0; i < x.Length; i++)
        {
            moved[i] = x[i] + step;
            double above = Weigh(function(moved));
            moved[i] = x[i] - step;
            gradient[i] = (above - Weigh(function(moved))) / (2 * step);
            moved[i] = x[i];
        }

        return gradient;

        double Weigh(double[] values)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++) sum += values[i] * weights[i];
            return sum;
        }
    }

    /// <summary>W [outputs, inputs] as panels.</summary>
    protected static float[] Pack<TLanes>(float[] weights, int outputs, int inputs) where TLanes : unmanaged, ILanes<TLanes>
    {
        var panels = new float[Panels.Size<TLanes>(outputs, inputs)];
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++)
                panels[Panels.Index(Panels.Width<TLanes>(), inputs, o, i)] = weights[(o * inputs) + i];
        return panels;
    }

    /// <summary>The values of panels in the order [outputs, inputs].</summary>
    protected static float[] Unpack<TLanes>(float[] panels, int outputs, int inputs) where TLanes : unmanaged, ILanes<TLanes>
    {
        var weights = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++)
                weights[(o * inputs) + i] = panels[Panels.Index(Panels.Width<TLanes>(), inputs, o, i)];
        return weights;
    }
}
