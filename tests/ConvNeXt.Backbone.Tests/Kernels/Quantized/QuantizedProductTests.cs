using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Quantized;

/// <summary>Products of 8-bit integers: each kind of instructions gives the results of plain loops, to the bit, with any number of threads.</summary>
[TestClass]
public sealed class QuantizedProductTests
{
    private static IEnumerable<object[]> Shapes =>
        from shape in new[]
        {
            (1, 1, 1), (12, 32, 16), (13, 33, 17), (29, 40, 160), (5, 97, 7), (200, 24, 70), (49, 131, 65), (14, 1601, 40), (101, 3072, 9), (2, 6, 33), (3, 21, 16),
            (7, 34, 24),
        }
        select new object[] { shape.Item1, shape.Item2, shape.Item3 };

    [TestMethod]
    [DynamicData(nameof(Shapes))]
    public void Product_EqualsThePlainLoops_ToTheBit(int rows, int inputs, int outputs)
    {
        float[] x = Random(rows * inputs, 1, 3f), w = Random(outputs * inputs, 2, 0.4f);
        Compare(x, w, rows, inputs, outputs, new WorkerTeam(1));
        Compare(x, w, rows, inputs, outputs, new WorkerTeam(3));
    }

    [TestMethod]
    public void Product_OfTheLargestIntegers_DoesNotSaturate()
    {
        // A first value of 0 makes all others 255; weights of one size become 127 or -127.
        const int inputs = 4096, rows = 7, outputs = 19;
        float[] x = [.. Enumerable.Range(0, rows * inputs).Select(i => i % inputs == 0 ? 0f : 1f)];
        float[] w = [.. Enumerable.Range(0, outputs * inputs).Select(i => i / inputs % 2 == 0 ? 1f : -1f)];
        Compare(x, w, rows, inputs, outputs, new WorkerTeam(1));
    }

    [TestMethod]
    public void Product_OfARowThatIsNotFinite_IsNaN_AndOtherRowsAreNotAffected()
    {
        float[] x = Random(9 * 20, 1, 1f), w = Random(11 * 20, 2, 1f);
        x[(4 * 20) + 7] = float.NaN;
        x[6 * 20] = float.PositiveInfinity;
        float[] y = Run<Lanes256, DotWords256>(x, w, 9, 20, 11, new WorkerTeam(1));
        for (int i = 0; i < y.Length; i++) Assert.AreEqual(i / 11 is 4 or 6, float.IsNaN(y[i]), $"element {i}");
        Compare(x, w, 9, 20, 11, new WorkerTeam(1));
    }

    [TestMethod]
    public void Product_OfWeightsThatAreNotFinite_IsNaN_AndOtherOutputsAreNotAffected()
    {
        float[] x = Random(5 * 20, 1, 1f), w = Random(11 * 20, 2, 1f);
        w[(3 * 20) + 2] = float.NegativeInfinity;
        w[(8 * 20) + 19] = float.NaN;
        float[] y = Run<Lanes256, DotWords256>(x, w, 5, 20, 11, new WorkerTeam(1));
        for (int i = 0; i < y.Length; i++) Assert.AreEqual(i % 11 is 3 or 8, float.IsNaN(y[i]), $"element {i}");
    }

    [TestMethod]
    public void Product_OfEqualValuesOrZeroWeights_IsExact()
    {
        float[] x = [.. Enumerable.Repeat(0.37f, 3 * 24)], w = Random(8 * 24, 2, 1f);
        for (int i = 0; i < 24; i++) w[(5 * 24) + i] = 0;
        float[] y = Run<Lanes256, DotWords256>(x, w, 3, 24, 8, new WorkerTeam(1));
        for (int i = 0; i < y.Length; i++)
        {
            double sum = Enumerable.Range(0, 24).Sum(k => (double)w[((i % 8) * 24) + k] * 0.37f);
            Assert.AreEqual(sum, y[i], 24 * 0.37 * 0.5 / QuantizedPanels.Largest, $"element {i}");
            if (i % 8 == 5) Assert.AreEqual(0f, y[i]);
        }
    }

    private static void Compare(float[] x, float[] w, int rows, int inputs, int outputs, WorkerTeam team)
    {
        float[] expected = Reference(x, w, rows, inputs, outputs);
        AssertSame(expected, Run<Lanes512, DotBytes256>(x, w, rows, inputs, outputs, team), "512 bits, bytes");
        AssertSame(expected, Run<Lanes512, DotWords512>(x, w, rows, inputs, outputs, team), "512 bits, words");
        AssertSame(expected, Run<Lanes256, DotBytes256>(x, w, rows, inputs, outputs, team), "256 bits, bytes");
        AssertSame(expected, Run<Lanes256, DotWords256>(x, w, rows, inputs, outputs, team), "256 bits, words");
        AssertSame(expected, Run<Lanes128, DotBytes128>(x, w, rows, inputs, outputs, team), "128 bits, signed bytes");
        AssertSame(expected, Run<Lanes128, DotWords128>(x, w, rows, inputs, outputs, team), "128 bits, words");
        AssertSame(expected, Run<LanesScalar, DotScalar>(x, w, rows, inputs, outputs, team), "scalar");
    }

    private static void AssertSame(float[] expected, float[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.IsTrue(expected[i].Equals(actual[i]), $"{what}: element {i} is {actual[i]:r} instead of {expected[i]:r}.");
    }

    private static float[] Reference(float[] x, float[] w, int rows, int inputs, int outputs)
    {
        float[] y = new float[rows * outputs];
        var q = new byte[inputs];
        for (int o = 0; o < outputs; o++)
        {
            float[] weights = w[(o * inputs)..((o + 1) * inputs)];
            float scale = weights.Max(MathF.Abs) / QuantizedPanels.Largest;
            sbyte[] p = [.. weights.Select(weight => scale > 0 ? (sbyte)Math.Round((double)weight / scale) : (sbyte)0)];
            for (int r = 0; r < rows; r++)
            {
                RowRange range = QuantizedRows.Reference(x.AsSpan(r * inputs, inputs), q);
                y[(r * outputs) + o] = QuantizedProduct.Reference(q, range, p, scale);
            }
        }

        return y;
    }

    private static unsafe float[] Run<TLanes, TDot>(float[] x, float[] w, int rows, int inputs, int outputs, WorkerTeam team)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        int width = Panels.Width<TLanes>(), padded = QuantizedPanels.Count<TDot>(outputs) * QuantizedPanels.Width<TDot>();
        var panels = new float[Panels.Size<TLanes>(outputs, inputs)];
        for (int i = 0; i < w.Length; i++) panels[Panels.Index(width, inputs, i / inputs, i % inputs)] = w[i];
        int[] integers = new int[padded * QuantizedPanels.Steps<TDot>(inputs)], sums = new int[padded];
        float[] scales = new float[padded], scaledSums = new float[padded], buffer = new float[QuantizedRows.Floats<TDot>(rows, inputs)], y = new float[rows * outputs];
        fixed (int* pi = integers, ps = sums)
        fixed (float* px = x, pp = panels, pc = scales, pd = scaledSums, pb = buffer, py = y)
        {
            var weights = new QuantizedWeights { Panels = pi, Sums = ps, Scales = pc, ScaledSums = pd, Inputs = inputs, Outputs = outputs };
            QuantizedPanels.Pack<TLanes, TDot>(team, pp, in weights);
            var rounded = QuantizedOperand.In<TDot>(pb, rows, inputs);
            QuantizedRows.Quantize<TLanes, TDot>(team, px, rows, inputs, rounded);
            QuantizedProduct.Run<TLanes, TDot, BiasEpilogue<TLanes>>(team, in rounded, rows, in weights, new BiasEpilogue<TLanes> { Output = py, Stride = outputs });
        }

        return y;
    }

    private static float[] Random(int count, int seed, float range)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => ((random.NextSingle() * 2) - 0.8f) * range)];
    }
}
