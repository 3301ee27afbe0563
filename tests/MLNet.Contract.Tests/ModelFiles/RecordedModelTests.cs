using ConvNeXt.Tests;
using Microsoft.ML;
using Microsoft.ML.Transforms.Image;
using MLNet.Contract.Tests.Transforms;

namespace MLNet.Contract.Tests.ModelFiles;

[TestClass]
public sealed class RecordedModelTests
{
    /// <summary>The version of the ML.NET that wrote the file: the one entry that may differ.</summary>
    private const string VersionEntry = "TrainingInfo/Version.txt";

    private readonly MLContext _ml = new(seed: 1);
    private readonly string _folder = TestFolders.CreateTemporary();

    public static IEnumerable<object[]> Names => RecordedModel.All.Select(model => new object[] { model.Name });

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void RecordedModel_GivesTheRecordedRows(string name)
    {
        RecordedModel recorded = Find(name);
        ITransformer model = _ml.Model.Load(File(name), out DataViewSchema schema);

        IDataView rows = recorded.Rows(_ml);
        CollectionAssert.AreEqual(Describe(rows.Schema.Where(column => column.Type is not ImageDataViewType)), Describe(schema));
        Assert.AreEqual(System.IO.File.ReadAllText(TestFolders.Data("mlnet", "recorded", $"{name}.txt")), ViewText.Of(model.Transform(rows)));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void RecordedModel_LoadedAndSaved_KeepsEveryByte(string name)
    {
        ITransformer model = _ml.Model.Load(File(name), out DataViewSchema schema);
        AssertSavesAsRecorded(name, model, schema);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void PipelineFittedAnew_IsSavedAsTheRecordedBytes(string name)
    {
        RecordedModel recorded = Find(name);
        IDataView rows = recorded.Rows(_ml);
        AssertSavesAsRecorded(name, recorded.Pipeline(_ml).Fit(rows), rows.Schema);
    }

    private void AssertSavesAsRecorded(string name, ITransformer model, DataViewSchema schema)
    {
        string saved = Path.Combine(_folder, "saved.zip");
        _ml.Model.Save(model, schema, saved);
        ModelEntries.AssertSame(Entries(File(name)), Entries(saved));
    }

    private static List<(string Name, byte[] Bytes)> Entries(string file)
    {
        using FileStream model = System.IO.File.OpenRead(file);
        return ModelEntries.Read(model).FindAll(entry => entry.Name != VersionEntry);
    }

    private static RecordedModel Find(string name) => RecordedModel.All.Single(model => model.Name == name);

    private static string File(string name) => TestFolders.Data("mlnet", "recorded", $"{name}.zip");

    private static List<string> Describe(IEnumerable<DataViewSchema.Column> columns) => [.. columns.Select(column => $"{column.Name}:{column.Type}")];
}
