using ConvNeXt.Benchmarks.Fuzzing.Inputs;

namespace ConvNeXt.Tests;

/// <summary>A short round of the benchmark command fuzz, with a fixed seed: each damaged file is read, or refused with a documented exception.</summary>
[TestClass]
public sealed class MutatedInputTests
{
    private const int Seed = 20261128;

    private static string TestData => Path.Combine(TestFolders.Repository, "tests", "data");

    [TestMethod]
    public void MutatedImages_AreReadOrRefused() => Run(new ImageTarget(Seed, TestData), 3000);

    [TestMethod]
    public void MutatedModels_AreReadOrRefused() => Run(new ModelTarget(Seed, TestData), 100);

    private static void Run(FuzzTarget target, int count)
    {
        int read = 0;
        for (int index = 0; index < count; index++)
        {
            byte[] input = target.Create(index);
            CollectionAssert.AreEqual(input, target.Create(index), "the same seed and index give the same input");
            try
            {
                target.Read(input);
                read++;
            }
            catch (Exception exception) when (target.IsRefusal(exception))
            {
                // As it should be.
            }
            catch (Exception exception)
            {
                Assert.Fail($"input {index} (seed {Seed}): {exception}");
            }
        }
        Assert.IsInRange(count / 20, count / 2, read, "most mutations are damage, but not all of them are in the header");
    }
}
