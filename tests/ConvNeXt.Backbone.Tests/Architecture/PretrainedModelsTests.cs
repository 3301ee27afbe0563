using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Weights.Pretrained;

namespace ConvNeXt.Tests.Architecture;

[TestClass]
public class PretrainedModelsTests
{
    [TestMethod]
    public void NamesAreUnique_AndPreprocessingIsPossible()
    {
        CollectionAssert.AllItemsAreUnique(PretrainedModels.All.Select(row => row.HubId).OfType<string>().ToArray());
        CollectionAssert.AllItemsAreUnique(PretrainedModels.All.Select(row => row.FileName).OfType<string>().ToArray());
        foreach (PretrainedModel row in PretrainedModels.All)
        {
            row.Preprocessing.Validate();
            row.TestPreprocessing.Validate();
            Assert.IsTrue(row.HubId is not null || row.FileName is not null, row.Variant.ToString());
        }
    }

    [TestMethod]
    public void OfficialWeights_FollowTheOfficialRule_CropAt224_SquashFrom384()
    {
        PretrainedModel small = PretrainedModels.Find("timm/convnext_tiny.fb_in22k")!, large = PretrainedModels.Find("convnext_base_1k_384.pth")!;
        Assert.AreEqual((224, 256, 21841), (small.Preprocessing.Size, small.Preprocessing.ResizedHeight, small.ClassCount));
        Assert.AreEqual(ResizeMode.ShorterSideThenCenterCrop, small.Preprocessing.ResizeMode);
        Assert.AreEqual((384, ResizeMode.Squash, 1000), (large.Preprocessing.Size, large.Preprocessing.ResizeMode, large.ClassCount));
        Assert.AreEqual("convnext_tiny_22k_224.pth", small.FileName);
        Assert.IsNull(large.HubId);
    }

    [TestMethod]
    public void TorchvisionWeights_ResizeBilinearly_ToTheirOwnSides()
    {
        PretrainedModel tiny = PretrainedModels.Find("convnext_tiny-983f1562.pth")!;
        Assert.AreEqual((Interpolation.Bilinear, 236), (tiny.Preprocessing.Interpolation, tiny.Preprocessing.ResizedHeight));
    }

    [TestMethod]
    public void ClipWeights_HaveClipsMean() =>
        Assert.AreEqual(0.48145466f, PretrainedModels.Find("timm/convnext_xxlarge.clip_laion2b_soup_ft_in1k")!.Preprocessing.Mean.Red);

    [TestMethod]
    public void AllOfficialV2Weights_AndOnlyThey_ExcludeCommercialUse()
    {
        foreach (PretrainedModel row in PretrainedModels.All)
            Assert.AreEqual(ConvNeXtArchitectures.Get(row.Variant).GlobalResponseNorm, row.License.NonCommercial, row.ToString());
    }

    [TestMethod]
    public void EveryArchitecture_HasPublishedWeights_ButTimmsV2Small() =>
        CollectionAssert.AreEquivalent(
            new[] { ConvNeXtVariant.V2Small }, Enum.GetValues<ConvNeXtVariant>().Except(PretrainedModels.All.Select(row => row.Variant)).ToArray());
}
