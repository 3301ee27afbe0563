using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Quantized;

namespace ConvNeXt.Tests.Engines.Managed;

/// <summary>The pass that has the kernels compiled runs on a pool thread, where an exception would end the process.</summary>
[TestClass]
public sealed class KernelWarmUpTests
{
    private static IEnumerable<object[]> Kernels =>
        from simd in Enum.GetValues<SimdWidth>()
        from hasResponseNorm in new[] { false, true }
        from isInt8 in new[] { false, true }
        select new object[] { (int)simd, hasResponseNorm, isInt8 };

    [TestMethod]
    [DynamicData(nameof(Kernels))]
    public void Pass_OfAllKernels_Completes(int simd, bool hasResponseNorm, bool isInt8)
    {
        var width = (SimdWidth)simd;
        KernelWarmUp.Run(new(hasResponseNorm, width, isInt8 ? DotSupport.Best(width) : null));
    }
}
