using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights.Pretrained;

namespace ConvNeXt.Tests.Architecture;

[TestClass]
public class LicenseGateTests
{
    [TestMethod]
    [DataRow("timm/convnextv2_tiny.fcmae_ft_in22k_in1k")]
    [DataRow("timm/convnextv2_tiny.fcmae_ft_in22k_in1k@main")]
    [DataRow("timm/convnextv2_atto.fcmae")]
    [DataRow("facebook/convnextv2-base-22k-384")]
    [DataRow("timm/convnext_tiny.eupe_lvd1689m")]
    [DataRow("downloads/convnextv2_huge_22k_512_ema.pt")]
    [DataRow("cache/models--facebook--convnextv2-tiny-1k-224/snapshots/01/model.safetensors")]
    public void NonCommercialNames_AreRefused_UntilTheirTermsAreAccepted(string name)
    {
        var refusal = Assert.ThrowsExactly<NonCommercialLicenseException>(() => LicenseGate.CheckSource(name, acceptNonCommercialLicense: false));
        Assert.IsTrue(refusal.License.NonCommercial);
        foreach (string part in (string[])[name, refusal.License.Id, refusal.License.Source, "AcceptNonCommercialLicense = true"])
            StringAssert.Contains(refusal.Message, part);
        LicenseGate.CheckSource(name, acceptNonCommercialLicense: true);
    }

    [TestMethod]
    [DataRow("timm/convnext_tiny.fb_in22k")]
    [DataRow("facebook/convnext-tiny-224")]
    [DataRow("timm/convnext_tiny.dinov3_lvd1689m")]
    [DataRow("convnextv2_mine.safetensors")]
    [DataRow("me/convnext-flowers")]
    public void OtherNames_PassFreely(string name) => LicenseGate.CheckSource(name, acceptNonCommercialLicense: false);

    [TestMethod]
    [DataRow(ConvNeXtVariant.V2Atto, 1000)]
    [DataRow(ConvNeXtVariant.V2Huge, 1000)]
    [DataRow(ConvNeXtVariant.V2Base, 21841)]
    public void AnOfficialV2Network_IsRefused_WhateverTheFileIsCalled(ConvNeXtVariant variant, int classes)
    {
        ConvNeXtConfig config = ConvNeXtArchitectures.Get(variant) with { ClassCount = classes };
        var refusal = Assert.ThrowsExactly<NonCommercialLicenseException>(
            () => LicenseGate.CheckNetwork(config, "renamed.safetensors", acceptNonCommercialLicense: false));
        StringAssert.Contains(refusal.Message, "renamed.safetensors");
        LicenseGate.CheckNetwork(config, "renamed.safetensors", acceptNonCommercialLicense: true);
    }

    [TestMethod]
    public void OnesOwnV2Network_IsNotRefused()
    {
        ConvNeXtConfig atto = ConvNeXtArchitectures.Get(ConvNeXtVariant.V2Atto);
        LicenseGate.CheckNetwork(atto with { ClassCount = 5 }, "mine", acceptNonCommercialLicense: false);
        LicenseGate.CheckNetwork(ConvNeXtArchitectures.Get(ConvNeXtVariant.V2Small), "mine", acceptNonCommercialLicense: false);
        LicenseGate.CheckNetwork(atto with { Widths = [40, 80, 160, 328] }, "mine", acceptNonCommercialLicense: false);
        LicenseGate.CheckNetwork(ConvNeXtArchitectures.Get(ConvNeXtVariant.Tiny), "V1", acceptNonCommercialLicense: false);
    }
}
