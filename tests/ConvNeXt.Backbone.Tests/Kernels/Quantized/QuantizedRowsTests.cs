using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Quantized;

namespace ConvNeXt.Tests.Kernels.Quantized;

/// <summary>Rows of float32 as 8-bit integers: every width of registers and every layout gives the integers and ranges of the plain loops, to the bit.</summary>
[TestClass]
public sealed class QuantizedRowsTests
{
    private static readonly Dictionary<string, float[]> _rows = new(StringComparer.Ordinal)
    {
        ["one value"] = [3.7f],
        ["spread over both signs, 37 values"] = Random(37, 1),
        ["96 values"] = Random(96, 2),
        ["one value is 1,000 times the others"] = [.. Random(50, 3), 3000f],
        ["all equal"] = [.. Enumerable.Repeat(-2.5f, 19)],
        ["zeros of both signs"] = [0f, -0f, 0f, -0f, 0f, -0f, 0f, -0f, -0f],
        ["a range too small for a reciprocal"] = [1e-38f, 2e-38f, 0, 0, 0],
        ["ties between two integers"] = [.. Enumerable.Range(0, 511).Select(i => i / 2f)],
        ["NaN within a register"] = [.. Random(20, 4), float.NaN, .. Random(30, 5)],
        ["NaN at the end"] = [.. Random(20, 4), float.NaN],
        ["NaN first"] = [float.NaN, .. Random(35, 4)],
        ["infinity"] = [.. Random(20, 6), float.PositiveInfinity, 1f],
        ["both infinities"] = [float.NegativeInfinity, .. Random(40, 6), float.PositiveInfinity],
        ["a range that overflows"] = [.. Random(20, 7), 3e38f, -3e38f],
    };

    private static IEnumerable<object[]> Names => _rows.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Quantize_EqualsThePlainLoops_ToTheBit(string name)
    {
        float[] row = _rows[name];
        var expected = new byte[row.Length];
        RowRange range = QuantizedRows.Reference(row, expected);
        foreach (var (what, integers, found) in Results(row))
        {
            AssertSame(range, found, $"{name}, {what}");
            if (!float.IsNaN(range.Scale)) CollectionAssert.AreEqual(expected, integers, $"{name}, {what}");
        }
    }

    [TestMethod]
    public void Quantize_IsOffByHalfAStepAtMost_AndExactAtTheEnds()
    {
        float[] row = Random(300, 8);
        var integers = new byte[row.Length];
        RowRange range = QuantizedRows.Reference(row, integers);
        for (int i = 0; i < row.Length; i++) Assert.AreEqual(row[i], (integers[i] * range.Scale) + range.Offset, 0.5001 * range.Scale);
        Assert.AreEqual(0, integers[Array.IndexOf(row, row.Min())]);
        Assert.AreEqual(255, integers[Array.IndexOf(row, row.Max())]);
    }

    [TestMethod]
    public unsafe void Normalize_IsTheSameForRegistersOfAnyWidth_AndEqualsNormThenQuantize()
    {
        foreach (int channels in new[] { 1, 5, 16, 40, 67, 96 })
        {
            float[] row = Random(channels, channels);
            double mean = row.Average(value => (double)value), variance = row.Average(value => (value - mean) * (value - mean));
            RowRange? first = null;
            foreach (var (what, integers, range) in Results(row, norms: true))
            {
                first ??= range;
                AssertSame(first.Value, range, $"{what}, {channels} channels");
                for (int i = 0; i < channels; i++)
                {
                    double normalized = (row[i] - mean) / Math.Sqrt(variance + LayerNorm.Epsilon);
                    Assert.AreEqual(normalized, (integers[i] * (double)range.Scale) + range.Offset, (0.5001 * range.Scale) + 1e-5, $"{what}, channel {i} of {channels}");
                }
            }
        }
    }

    [TestMethod]
    public void Normalize_OfARowThatIsNotFinite_IsNaN()
    {
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            foreach (var (what, _, range) in Results([.. Random(30, 1), value, .. Random(10, 2)], norms: true))
                Assert.IsTrue(float.IsNaN(range.Scale) && float.IsNaN(range.Offset), $"{value}, {what}");
    }

    private static IEnumerable<(string What, byte[] Integers, RowRange Range)> Results(float[] row, bool norms = false) =>
    [
        Named("512 bits, bytes", Run<Lanes512, DotBytes256>(row, norms)),
        Named("512 bits, words", Run<Lanes512, DotWords512>(row, norms)),
        Named("256 bits, bytes", Run<Lanes256, DotBytes256>(row, norms)),
        Named("256 bits, words", Run<Lanes256, DotWords256>(row, norms)),
        Named("128 bits, signed bytes", Run<Lanes128, DotBytes128>(row, norms)),
        Named("128 bits, words", Run<Lanes128, DotWords128>(row, norms)),
        Named("scalar", Run<LanesScalar, DotScalar>(row, norms)),
    ];

    private static (string What, byte[] Integers, RowRange Range) Named(string what, (byte[] Integers, RowRange Range) result) => (what, result.Integers, result.Range);

    private static unsafe (byte[] Integers, RowRange Range) Run<TLanes, TDot>(float[] row, bool norms)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        var buffer = new float[QuantizedRows.Floats<TDot>(1, row.Length)];
        fixed (float* x = row, memory = buffer)
        {
            var target = QuantizedOperand.In<TDot>(memory, 1, row.Length);
            if (norms) QuantizedRows.Normalize<TLanes, TDot>(x, 1, row.Length, LayerNorm.Epsilon, target);
            else QuantizedRows.Quantize<TLanes, TDot>(x, row.Length, 1, row.Length, target);
            var integers = new byte[row.Length];
            for (int i = 0; i < integers.Length; i++)
            {
                int stored = TDot.Group == 4 ? ((sbyte*)target.Values)[i] : ((short*)target.Values)[i];
                integers[i] = (byte)(stored + TDot.Shift);
                if (TDot.Group == 2 && !float.IsNaN(target.Ranges->Scale)) Assert.AreEqual(integers[i], stored);
            }

            return (integers, *target.Ranges);
        }
    }

    private static void AssertSame(RowRange expected, RowRange actual, string what)
    {
        Assert.AreEqual(BitConverter.SingleToInt32Bits(expected.Scale), BitConverter.SingleToInt32Bits(actual.Scale), what);
        Assert.AreEqual(BitConverter.SingleToInt32Bits(expected.Offset), BitConverter.SingleToInt32Bits(actual.Offset), what);
    }

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 4) - 1.5f)];
    }
}
