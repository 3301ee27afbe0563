using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Tests.Kernels;

[TestClass]
public sealed class SimdSupportTests
{
    [TestMethod]
    [DataRow(512, true, null)]
    [DataRow(256, true, null)]
    [DataRow(128, true, null, DisplayName = "Arm")]
    [DataRow(128, false, "no AVX2 and FMA", DisplayName = "an old x64 processor")]
    [DataRow(32, false, "no vector registers")]
    public void Machines_ThatAreSlow_AreToldSo(int bits, bool hasMultiplyAdd, string? reason)
    {
        string? found = SimdSupport.FindSlowReason((SimdWidth)bits, hasMultiplyAdd);
        if (reason is null) Assert.IsNull(found);
        else StringAssert.Contains(found, reason);
    }

    [TestMethod]
    public void Description_NamesTheRegistersInUse() => StringAssert.Contains(SimdSupport.Description, SimdSupport.Best == SimdWidth.Scalar ? "no" : $"{(int)SimdSupport.Best}");
}
