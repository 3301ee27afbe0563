using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Tests.Architecture;

[TestClass]
public class ConvNeXtArchitecturesTests
{
    [TestMethod]
    public void EveryVariant_HasExactlyOneRow()
    {
        CollectionAssert.AreEquivalent(Enum.GetValues<ConvNeXtVariant>(), ConvNeXtArchitectures.All.Select(row => row.Variant).ToArray());
        CollectionAssert.AllItemsAreUnique(ConvNeXtArchitectures.All.Select(row => row.Name).ToArray());
    }

    [TestMethod]
    public void EveryRow_IsRecognizedByItsParameters_WhateverTheClassCount()
    {
        foreach (ConvNeXtArchitecture row in ConvNeXtArchitectures.All)
            Assert.AreSame(row, ConvNeXtArchitectures.Recognize(row.Config with { Name = "", ClassCount = 5, NormEpsilon = 1e-6f, DropPathRate = 0.3f }));
    }

    [TestMethod]
    public void ANetworkOfOtherWidths_IsNotRecognized() =>
        Assert.IsNull(ConvNeXtArchitectures.Recognize(ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto) with { Widths = [40, 80, 160, 328] }));

    [TestMethod]
    public void AnUnknownVariant_IsRefused_WithTheKnownOnes()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ConvNeXtArchitectures.Get((ConvNeXtVariant)99));
        StringAssert.Contains(error.Message, nameof(ConvNeXtVariant.V2Huge));
    }
}
