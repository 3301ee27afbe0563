using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Compat.Tests.ModelFiles;

/// <summary>Entries written by the official ML.NET are read, and written back byte for byte.</summary>
[TestClass]
public class OfficialModelFileTests
{
    [TestMethod]
    [DataRow("valuetokey_custom_keytovalue", "TransformerChain/Transform_000")]
    [DataRow("valuetokey_custom_keytovalue", "TransformerChain/Transform_003")]
    [DataRow("valuetokey_custom_sdca_keytovalue", "TransformerChain/Transform_000")]
    [DataRow("valuetokey_custom_sdca_keytovalue", "TransformerChain/Transform_003")]
    [DataRow("sdca", "TransformerChain/Transform_000")]
    [DataRow("sdca", "TransformerChain/Transform_002")]
    [DataRow("loadimages_resizeimages_custom", "TransformerChain/Transform_000")]
    [DataRow("loadimages_resizeimages_custom", "TransformerChain/Transform_001")]
    public void AMember_IsReadAndWrittenBackByteForByte(string fixture, string folder) => AssertWrittenBack(fixture, folder);

    [TestMethod]
    [DataRow("valuetokey_custom_keytovalue", "Schema")]
    [DataRow("valuetokey_custom_sdca_keytovalue", "Schema")]
    [DataRow("sdca", "Schema")]
    [DataRow("loadimages_resizeimages_custom", "Schema")]
    [DataRow("sdca", "TransformerChain/Transform_001/TrainSchema")]
    [DataRow("valuetokey_custom_sdca_keytovalue", "TransformerChain/Transform_002/TrainSchema")]
    public void ASchema_IsReadAndWrittenBackByteForByte(string fixture, string path)
    {
        byte[] official = ModelArchive.Entry(fixture, path);
        var schema = SchemaFile.Read(new MemoryStream(official));

        using var written = new MemoryStream();
        using var channel = ((IChannelProvider)new MLContext()).Start("Test");
        SchemaFile.Write(channel, schema, written, keepHidden: true);
        CollectionAssert.AreEqual(official, written.ToArray());
    }

    [TestMethod]
    public void TheSchemas_SayWhatTheModelsWereTrainedOn()
    {
        var input = SchemaFile.Read(new MemoryStream(ModelArchive.Entry("sdca", "Schema")));
        Assert.AreEqual("Label: String | Features: Vector<Single, 4>", string.Join(" | ", input));

        var train = SchemaFile.Read(new MemoryStream(ModelArchive.Entry("valuetokey_custom_sdca_keytovalue", "TransformerChain/Transform_002/TrainSchema")));
        Assert.AreEqual("Label: Key<UInt32, 0-2> {KeyValues} | Features: Vector<Single, 4> | Embedding: Vector<Single, 8>", string.Join(" | ", train));
        VBuffer<ReadOnlyMemory<char>> labels = default;
        train["Label"].GetKeyValues(ref labels);
        Assert.AreEqual("ant,bee,cat", string.Join(",", labels.DenseValues()));
    }

    [TestMethod]
    [DataRow("valuetokey_custom_keytovalue", 4)]
    [DataRow("valuetokey_custom_sdca_keytovalue", 4)]
    [DataRow("sdca", 3)]
    [DataRow("loadimages_resizeimages_custom", 3)]
    public void TheBlockOfAChain_IsWrittenLikeTheOfficialOne(string fixture, int members)
    {
        // The members are others than the fixture's, which the chain's own block does not tell.
        ICanSaveModel chain = new TransformerChain<ITransformer>([.. Enumerable.Repeat(new Shift(new MLContext(), "A", "B", 1), members)]);
        byte[] written = ModelArchive.Save(chain, "TransformerChain").Single(entry => entry.Path == "TransformerChain/Model.key").Bytes;
        CollectionAssert.AreEqual(ModelArchive.Entry(fixture, "TransformerChain/Model.key"), written);
    }

    [TestMethod]
    public void AModelFile_HasItsEntriesInTheOfficialOrder()
    {
        string[] official = [.. ModelArchive.Read(ModelArchive.Fixture("sdca")).Select(entry => entry.Path).Where(path => !path.Contains("Transform_001"))];

        var context = new MLContext();
        var chain = new TransformerChain<ITransformer>(
            ModelArchive.LoadMember("sdca", "TransformerChain/Transform_000"), new Shift(context, "A", "B", 1), ModelArchive.LoadMember("sdca", "TransformerChain/Transform_002"));
        using var stream = new MemoryStream();
        context.Model.Save(chain, SchemaFile.Read(new MemoryStream(ModelArchive.Entry("sdca", "Schema"))), stream);
        var entries = ModelArchive.Read(stream);
        CollectionAssert.AreEqual(official, entries.Select(entry => entry.Path).Where(path => !path.Contains("Transform_001")).ToArray());
    }

    [TestMethod]
    public void AModelFile_TellsTheVersionFirst()
    {
        using var stream = new MemoryStream();
        new MLContext().Model.Save(new Shift(new MLContext(), "A", "B", 1), null, stream);
        var (path, bytes) = ModelArchive.Read(stream)[0];
        Assert.AreEqual("TrainingInfo/Version.txt", path);
        Assert.AreEqual("5.0.0+compat" + Environment.NewLine, Encoding.UTF8.GetString(bytes));
    }

    [TestMethod]
    public void AMemberOfAnAssemblyThatIsNotHere_IsNamedInTheError()
    {
        var error = Assert.ThrowsException<InvalidOperationException>(() => new MLContext().Model.Load(ModelArchive.Fixture("valuetokey_custom_keytovalue"), out _));
        StringAssert.EndsWith(error.Message, "The model's component 'PocBlobProjection' is in the assembly 'Poc.MLNet, Version=1.2.3.0, Culture=neutral, PublicKeyToken=null', which this program does not have.");
    }

    [TestMethod]
    public void AMemberThatNobodyHereLoads_IsNamedInTheError()
    {
        var error = Assert.ThrowsException<FormatException>(() => new MLContext().Model.Load(ModelArchive.Fixture("sdca"), out _));
        StringAssert.Contains(error.Message, "TransformerChain/Transform_001");
        StringAssert.Contains(error.Message, "no class of Microsoft.ML.Data, Version=1.0.0.0, Culture=neutral, PublicKeyToken=cc7b13ffcd2ddd51 loads 'MulticlassPredXfer'");
    }

    private static void AssertWrittenBack(string fixture, string folder)
    {
        var official = ModelArchive.Read(ModelArchive.Fixture(fixture)).Where(entry => entry.Path.StartsWith(folder + "/", StringComparison.Ordinal)).ToList();
        var written = ModelArchive.Save(ModelArchive.LoadMember(fixture, folder), folder);

        CollectionAssert.AreEqual(official.Select(entry => entry.Path).ToArray(), written.Select(entry => entry.Path).ToArray());
        foreach (var (expected, actual) in official.Zip(written))
            CollectionAssert.AreEqual(expected.Bytes, actual.Bytes, expected.Path);
    }
}
