using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.ModelFiles;

/// <summary>A model file comes from outside: whatever is wrong with it ends in a clear error, soon, and without taking memory for what it claims.</summary>
[TestClass]
public class DamagedModelFileTests
{
    private const int Mutations = 400;
    private const long AllowedBytes = 64 << 20;

    [TestMethod]
    public void EveryTruncatedFile_IsRefused()
    {
        byte[] whole = WholeModel();
        for (int length = 0; length < whole.Length; length += 7)
        {
            var error = LoadError(new MemoryStream(whole, 0, length));
            Assert.IsNotNull(error, $"{length} of {whole.Length} bytes were taken for a model.");
            AssertClear(error, $"{length} bytes");
        }
    }

    [TestMethod]
    public void EveryTruncatedEntry_IsRefused()
    {
        var entries = ModelArchive.Read(new MemoryStream(WholeModel()));
        for (int i = 0; i < entries.Count; i++)
        {
            // Texts are there for people, nothing reads them.
            if (entries[i].Path.EndsWith(".txt", StringComparison.Ordinal)) continue;
            foreach (int length in new[] { 0, 1, entries[i].Bytes.Length / 2, entries[i].Bytes.Length - 1 })
            {
                var damaged = entries.ToList();
                damaged[i] = (entries[i].Path, entries[i].Bytes[..length]);
                var error = LoadError(ModelArchive.Pack(damaged));
                Assert.IsNotNull(error, $"{entries[i].Path} with {length} of {entries[i].Bytes.Length} bytes was taken.");
                AssertClear(error, $"{entries[i].Path} with {length} bytes");
            }
        }
    }

    [TestMethod]
    public void MutatedEntries_LoadOrAreRefused()
    {
        var entries = ModelArchive.Read(new MemoryStream(WholeModel()));
        var random = new Random(20);
        int refused = 0;
        for (int n = 0; n < Mutations; n++)
        {
            var damaged = entries.ToList();
            int victim = random.Next(1, entries.Count);
            byte[] bytes = [.. entries[victim].Bytes];
            int position = random.Next(bytes.Length);
            bytes[position] = n % 2 == 0 ? (byte)(bytes[position] ^ (1 << random.Next(8))) : (byte)random.Next(256);
            damaged[victim] = (entries[victim].Path, bytes);
            if (LoadError(ModelArchive.Pack(damaged)) is not Exception error) continue;
            refused++;
            AssertClear(error, $"mutation {n}: byte {position} of {damaged[victim].Path}");
        }
        Assert.IsTrue(refused > Mutations / 4, $"Only {refused} of {Mutations} mutations were noticed.");
    }

    [TestMethod]
    public void MutatedArchives_LoadOrAreRefused()
    {
        byte[] whole = WholeModel();
        var random = new Random(21);
        for (int n = 0; n < Mutations; n++)
        {
            byte[] bytes = [.. whole];
            int position = random.Next(bytes.Length);
            bytes[position] = (byte)random.Next(256);
            if (LoadError(new MemoryStream(bytes)) is Exception error) AssertClear(error, $"mutation {n}: byte {position}");
        }
    }

    [TestMethod]
    public void AnEntryThatUnpacksToMoreThanItCanHold_IsRefused()
    {
        byte[] bytes = Pack(("Schema", new byte[1 << 20]));
        // The unpacked size in the directory of the archive: 24 bytes into its only entry.
        int directory = bytes.AsSpan().LastIndexOf("PK\x01\x02"u8);
        BitConverter.TryWriteBytes(bytes.AsSpan(directory + 24), 0x7FFFFFF0);
        var error = LoadError(new MemoryStream(bytes));
        Assert.IsInstanceOfType<FormatException>(error);
        StringAssert.Contains(error.Message, "Schema");
    }

    [TestMethod]
    public void AnEntryThatClimbs_IsNeverUnpacked()
    {
        string outside = Path.Combine(Path.GetTempPath(), "convnext-test-climbed.txt");
        File.Delete(outside);
        var entries = ModelArchive.Read(new MemoryStream(WholeModel()));
        entries.Add(("../convnext-test-climbed.txt", [1, 2, 3]));
        entries.Add((outside, [1, 2, 3]));
        Assert.IsNull(LoadError(ModelArchive.Pack(entries)));
        Assert.IsFalse(File.Exists(outside));
    }

    [TestMethod]
    public void WhatIsNoArchive_IsRefused()
    {
        Assert.IsInstanceOfType<FormatException>(LoadError(new MemoryStream("no model at all"u8.ToArray())));
        Assert.IsInstanceOfType<FormatException>(LoadError(new MemoryStream([])));
    }

    [TestMethod]
    public void AnArchiveWithoutModel_IsRefused()
    {
        var error = LoadError(new MemoryStream(Pack(("Other", [1]))));
        Assert.IsInstanceOfType<FormatException>(error);
        StringAssert.Contains(error.Message, "TransformerChain");
    }

    [TestMethod]
    public void WhereSavingFails_TheOldFileStays()
    {
        string folder = ConvNeXt.Tests.TestFolders.CreateTemporary();
        string path = Path.Combine(folder, "model.zip");
        File.WriteAllText(path, "old");
        var context = new MLContext();
        var twice = new TransformerChain<ITransformer>(new Shift(context, "B", "A", 1), new Unsavable());
        Assert.ThrowsException<NotSupportedException>(() => context.Model.Save(twice, null, path));
        Assert.AreEqual("old", File.ReadAllText(path));
        Assert.AreEqual(1, Directory.GetFiles(folder).Length);
        Directory.Delete(folder, recursive: true);
    }

    private static byte[] WholeModel()
    {
        var context = new MLContext();
        var chain = new TransformerChain<ITransformer>(
            ModelArchive.LoadMember("sdca", "TransformerChain/Transform_000"), new Shift(context, "A", "B", 1), ModelArchive.LoadMember("sdca", "TransformerChain/Transform_002"));
        var schema = SchemaFile.Read(new MemoryStream(ModelArchive.Entry("sdca", "TransformerChain/Transform_001/TrainSchema")));
        using var stream = new MemoryStream();
        context.Model.Save(chain, schema, stream);
        return stream.ToArray();
    }

    private static byte[] Pack((string Path, byte[] Bytes) entry)
    {
        using var stream = ModelArchive.Pack([entry]);
        return stream.ToArray();
    }

    private static Exception? LoadError(Stream stream)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            new MLContext().Model.Load(stream, out _);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.IsTrue(taken < AllowedBytes, $"Loading took {taken >> 20} MB.");
        }
    }

    private static void AssertClear(Exception error, string what)
    {
        bool isClear = error is FormatException or InvalidDataException or FileNotFoundException || (error is InvalidOperationException && error.Message.Length > 0);
        Assert.IsTrue(isClear, $"{what}: {error}");
    }

    private sealed class Unsavable : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException("This transformer cannot be saved.");
    }
}
