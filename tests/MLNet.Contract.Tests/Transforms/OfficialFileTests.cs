using ConvNeXt.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.Contract.Tests.Transforms;

/// <summary>
/// Transforms out of model files that the official ML.NET 5.0 wrote: they are read, work, and are written back byte for byte. The files are chains with
/// members that are not at hand here; one member is tested at a time, put into a file by itself.
/// </summary>
[TestClass]
public class OfficialFileTests : TransformTestBase
{
    private const string Chain = "TransformerChain/";

    [TestMethod]
    [DataRow("valuetokey_custom_keytovalue.zip", "ant,bee,cat")]
    [DataRow("valuetokey_custom_sdca_keytovalue.zip", "ant,bee,cat")]
    [DataRow("sdca.zip", "a,b,c")]
    public void ValueToKey_IsReadAndWrittenBack(string file, string values)
    {
        List<(string Name, byte[] Bytes)> entries = Member(file, "Transform_000/");
        ITransformer model = Load(entries);
        Assert.IsInstanceOfType<ValueToKeyMappingTransformer>(model);
        IDataView mapped = model.Transform(Load([.. values.Split(',').Append("?").Select(text => new LabelRow { Label = text })]));
        Assert.AreEqual(values, KeyValues<ReadOnlyMemory<char>>(mapped.Schema["Label"]));
        int count = values.Split(',').Length;
        Assert.AreEqual(string.Join(",", Enumerable.Range(1, count).Append(0)), Values<uint>(mapped, "Label"));
        AssertWrittenBack(entries, model);
    }

    [TestMethod]
    [DataRow("valuetokey_custom_keytovalue.zip", "Transform_003/")]
    [DataRow("valuetokey_custom_sdca_keytovalue.zip", "Transform_003/")]
    [DataRow("sdca.zip", "Transform_002/")]
    public void KeyToValue_IsReadAndWrittenBack(string file, string member)
    {
        List<(string Name, byte[] Bytes)> entries = Member(file, member);
        ITransformer model = Load(entries);
        Assert.IsInstanceOfType<KeyToValueMappingTransformer>(model);
        IDataView keys = Ml.Transforms.Conversion.MapValueToKey("PredictedLabel", "L").Fit(Texts("b", "a")).Transform(Texts("a", "b"));
        Assert.AreEqual("a,b", Values<ReadOnlyMemory<char>>(model.Transform(keys), "PredictedLabel"));
        AssertWrittenBack(entries, model);
    }

    [TestMethod]
    public void ADamagedDictionary_IsRefused()
    {
        List<(string Name, byte[] Bytes)> entries = Member("sdca.zip", "Transform_000/");
        byte[] vocabulary = entries.Single(entry => entry.Name.EndsWith("Vocabulary/Model.key", StringComparison.Ordinal)).Bytes;
        // After the header of 256 bytes: the number of dictionaries, the code for text, and the number of terms, here made two thousand million.
        vocabulary[256 + 4 + 1 + 3] = 0x77;
        AssertRefused(entries);
        vocabulary[256 + 4] = 9;
        AssertRefused(entries);
        entries.RemoveAll(entry => entry.Name.Contains("Vocabulary", StringComparison.Ordinal));
        AssertRefused(entries);
    }

    private void AssertRefused(List<(string Name, byte[] Bytes)> entries)
    {
        try
        {
            Load(entries);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or EndOfStreamException)
        {
            return;
        }
        Assert.Fail("The damaged file was loaded.");
    }

    private static List<(string Name, byte[] Bytes)> Member(string file, string member)
    {
        using FileStream stream = File.OpenRead(TestFolders.Data("mlnet", file));
        string prefix = Chain + member;
        return [.. ModelEntries.Read(stream).Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => (Chain + entry.Name[prefix.Length..], entry.Bytes))];
    }

    private ITransformer Load(List<(string Name, byte[] Bytes)> entries)
    {
        using MemoryStream stream = ModelEntries.Write(entries);
        ITransformer model = Ml.Model.Load(stream, out DataViewSchema schema);
        Assert.IsNull(schema);
        return model;
    }

    private void AssertWrittenBack(List<(string Name, byte[] Bytes)> entries, ITransformer model)
    {
        using var stream = new MemoryStream();
        Ml.Model.Save(model, (DataViewSchema)null!, stream);
        stream.Position = 0;
        ModelEntries.AssertSame([.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)],
            [.. ModelEntries.Read(stream).Where(entry => entry.Name.StartsWith(Chain, StringComparison.Ordinal))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)]);
    }

    public sealed class LabelRow
    {
        public string Label = "";
    }
}
