using ConvNeXt.Backbone.Mpi;
using PublicApiGenerator;

namespace ConvNeXt.Tests;

/// <summary>How the library is found, and bfloat16.</summary>
[TestClass]
public sealed unsafe class MpiLibraryTests
{
    [TestMethod]
    [DataRow("OMPI_COMM_WORLD_SIZE", "libmpi.so.40")]
    [DataRow("PMI_SIZE", "libmpi.so.12")]
    [DataRow("PMIX_RANK", "libmpi.so.40")]
    public void TheLibraryOfTheLauncher_IsTriedFirst(string variable, string library) =>
        Assert.AreEqual(library, MpiLibrary.NamesToTry(name => name == variable ? "2" : null)[0]);

    [TestMethod]
    public void APathInTheEnvironment_IsTheOnlyOne() =>
        CollectionAssert.AreEqual(new[] { "/opt/mpi/libmpi.so" }, MpiLibrary.NamesToTry(name => name == "CONVNEXT_MPI_LIBRARY" ? "/opt/mpi/libmpi.so" : "2"));

    [TestMethod]
    public void BFloat16_RoundsToTheNearest_AndAddsAsFloat32()
    {
        float[] special = [0, -0f, 1, 1.00390625f, 1.01171875f, -3.3e38f, 3.4028235e38f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1e-40f];
        var random = new Random(1);
        float[] values = [.. special, .. Enumerable.Range(0, 1000).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-20, 20))))];
        var rounded = new ushort[values.Length];
        var back = new float[values.Length];
        fixed (float* from = values, to = back)
        fixed (ushort* middle = rounded)
        {
            BFloat16.Round(from, middle, values.Length);
            BFloat16.Widen(middle, to, values.Length);
        }

        Assert.AreEqual(1f, back[3], "a tie goes to the even one");
        Assert.AreEqual(1.015625f, back[4], "a tie goes to the even one");
        Assert.AreEqual(float.PositiveInfinity, back[6], "above the largest value");
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i])) Assert.IsTrue(float.IsNaN(back[i]));
            else if (float.IsFinite(back[i])) Assert.IsLessThanOrEqualTo(Math.Abs(values[i]) / 256 + 1e-40, Math.Abs((double)values[i] - back[i]), $"{values[i]}");
        }

        ushort[] sums = [.. rounded];
        fixed (ushort* added = rounded, to = sums) BFloat16.Add(added, to, sums.Length);
        var doubled = new float[values.Length];
        fixed (ushort* from = sums)
        fixed (float* to = doubled) BFloat16.Widen(from, to, sums.Length);
        for (int i = 0; i < values.Length; i++)
            if (!float.IsNaN(back[i])) Assert.AreEqual(back[i] + back[i], doubled[i], $"{values[i]}");
    }

    [TestMethod]
    public void Mpi_HasTheApprovedApi() => ApprovedApi.Check(
        "ConvNeXt.Backbone.Mpi",
        typeof(MpiLibrary).Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, DenyNamespacePrefixes = [] }));
}
