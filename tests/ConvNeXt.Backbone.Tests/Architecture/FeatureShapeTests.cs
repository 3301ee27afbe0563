using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Tests.Architecture;

[TestClass]
public class FeatureShapeTests
{
    [TestMethod]
    public void OverlappingStem_RoundsUp_WhereThePatchStemRoundsDown()
    {
        var patches = ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto);
        var overlapping = ConvNeXtArchitectures.Get(ConvNeXtVariant.AttoOverlappingStem);
        Assert.AreEqual(new FeatureShape(2, 8, 9, 40), FeatureShape.AfterStem(patches, 2, 35, 37));
        Assert.AreEqual(new FeatureShape(2, 9, 10, 40), FeatureShape.AfterStem(overlapping, 2, 35, 37));
    }

    [TestMethod]
    public void IsotropicNetwork_HasOneStage_OfPatches16()
    {
        var stages = FeatureShape.OfStages(ConvNeXtArchitectures.Get(ConvNeXtVariant.IsotropicSmall), 1, 224, 240);
        CollectionAssert.AreEqual(new[] { new FeatureShape(1, 14, 15, 384) }, stages);
    }
}
