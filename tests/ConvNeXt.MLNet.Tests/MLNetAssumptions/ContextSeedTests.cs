using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>A host knows its context's seed, and draws by it; else ConvNeXtTrainer.Preparation.cs (FindSeed) trains another model each time.</summary>
[TestClass]
public sealed class ContextSeedTests
{
    [TestMethod]
    public void AHost_KnowsTheSeedOfItsContext()
    {
        Assert.AreEqual(7, SeedOf(new MLContext(seed: 7)));
        Assert.IsNull(SeedOf(new MLContext()));
    }

    [TestMethod]
    public void OneSeed_GivesOneSequence_OverAllHosts()
    {
        int[] first = Draw(new MLContext(seed: 7)), second = Draw(new MLContext(seed: 7)), other = Draw(new MLContext(seed: 8));
        CollectionAssert.AreEqual(first, second);
        CollectionAssert.AreNotEqual(first, other);
    }

    private static int? SeedOf(MLContext context) => ((IHostEnvironmentInternal)((IHostEnvironment)context).Register("A")).Seed;

    private static int[] Draw(MLContext context)
    {
        IHost first = ((IHostEnvironment)context).Register("A"), second = ((IHostEnvironment)context).Register("B");
        return [first.Rand.Next(), first.Rand.Next(), second.Rand.Next()];
    }
}
