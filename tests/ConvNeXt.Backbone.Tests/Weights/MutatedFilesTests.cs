using ConvNeXt.Backbone.Weights.PyTorch;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Weights;

/// <summary>100,000 damaged files for each format, from a fixed seed: each is read or refused with a clear error, and memory stays near the file's size.</summary>
[TestClass]
[TestCategory("Slow")]
public class MutatedFilesTests
{
    private const int Seed = 20261120;
    private const int Files = 100_000;
    private const long Allowance = 64L << 20;

    [TestMethod]
    public void Safetensors_EveryMutatedFile_IsReadOrRefused() => Run(
        [TestFolders.Data("golden", "state_dict", "views.expected.safetensors"), TestFolders.Data("golden", "state_dict", "dtypes.expected.safetensors")],
        static bytes => SafetensorsReader.Read(new MemoryStream(bytes), "mutated.safetensors"));

    [TestMethod]
    public void PthZip_EveryMutatedFile_IsReadOrRefused() => Run(
        [TestFolders.Data("golden", "state_dict", "views.zip.pth"), TestFolders.Data("golden", "state_dict", "dtypes.zip.pth")], ReadPth);

    [TestMethod]
    public void PthLegacy_EveryMutatedFile_IsReadOrRefused() => Run(
        [TestFolders.Data("golden", "state_dict", "views.legacy.pth"), TestFolders.Data("golden", "state_dict", "dtypes.legacy.pth")], ReadPth);

    private static void ReadPth(byte[] bytes)
    {
        using PthFile file = PthFile.Open(new MemoryStream(bytes), "mutated.pth");
        foreach (var tensor in file.Tensors) file.ReadBytes(tensor.Name);
    }

    private static void Run(string[] originals, Action<byte[]> read)
    {
        byte[][] files = [.. originals.Select(File.ReadAllBytes)];
        int refused = 0;
        Parallel.For(0, Environment.ProcessorCount, worker =>
        {
            // Each worker takes its own part of the one numbered sequence, so that the files are the same on any machine.
            for (int i = worker; i < Files; i += Environment.ProcessorCount)
            {
                byte[] mutated = new FileMutator(unchecked((Seed + i) * -1640531527)).Mutate(files[i % files.Length]);
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    read(mutated);
                }
                catch (InvalidDataException)
                {
                    Interlocked.Increment(ref refused);
                }
                catch (Exception exception)
                {
                    Assert.Fail($"file {i} (seed {Seed}): {exception}");
                }
                long taken = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.IsTrue(taken <= mutated.Length + Allowance, $"file {i} (seed {Seed}) took {taken} bytes for {mutated.Length}");
            }
        });
        Assert.IsTrue(refused > Files / 10, $"only {refused} of {Files} mutated files were refused: the mutations do not reach the format");
    }
}
