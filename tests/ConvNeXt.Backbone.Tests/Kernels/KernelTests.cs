using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Tests.Kernels.Cases;

namespace ConvNeXt.Tests.Kernels;

[TestClass]
public sealed class KernelTests
{
    private static IEnumerable<object[]> Table =>
        from kernel in KernelTable.All
        from width in new[] { SimdWidth.Bits512, SimdWidth.Bits256, SimdWidth.Bits128, SimdWidth.Scalar }
        where width <= SimdSupport.Best || width == SimdWidth.Bits128
        select new object[] { kernel.Name, (int)width };

    [TestMethod]
    [DynamicData(nameof(Table))]
    public void Kernel_EqualsItsReference_AndBackwardEqualsFiniteDifferences(string name, int width)
    {
        var kernel = KernelTable.All.Single(entry => entry.Name == name);
        foreach (var (what, actual, expect, absolute) in Run(kernel, (SimdWidth)width, new WorkerTeam(2)))
        {
            var expected = expect();
            Assert.AreEqual(expected.Length, actual.Length, what);
            double largest = expected.Max(Math.Abs), error = 0;
            for (int i = 0; i < expected.Length; i++) error = Math.Max(error, double.IsNaN(actual[i]) ? double.PositiveInfinity : Math.Abs(actual[i] - expected[i]));
            Assert.IsTrue(error <= (absolute ?? (kernel.Tolerance * Math.Max(largest, 1e-3))), $"{name}, {what}: off by {error:e2}; the largest value is {largest:e2}.");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Table))]
    public void Kernel_IsBitIdentical_WhateverTheThreads(string name, int width)
    {
        var kernel = KernelTable.All.Single(entry => entry.Name == name);
        var alone = Run(kernel, (SimdWidth)width, new WorkerTeam(1));
        foreach (int threads in new[] { 2, 3, 7 })
            foreach (var (expected, actual) in alone.Zip(Run(kernel, (SimdWidth)width, new WorkerTeam(threads))))
                Assert.IsTrue(expected.Actual.AsSpan().SequenceEqual(actual.Actual), $"{name}, {expected.What}: {threads} threads compute something else than one.");
    }

    private static IReadOnlyList<KernelResult> Run(KernelCase kernel, SimdWidth width, WorkerTeam team) => width switch
    {
        SimdWidth.Bits512 => kernel.Run<Lanes512>(team),
        SimdWidth.Bits256 => kernel.Run<Lanes256>(team),
        SimdWidth.Bits128 => kernel.Run<Lanes128>(team),
        _ => kernel.Run<LanesScalar>(team),
    };
}
