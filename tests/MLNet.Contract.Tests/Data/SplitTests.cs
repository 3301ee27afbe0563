using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Data;

/// <summary>Which rows a seed chooses was recorded with the official ML.NET: 40 rows, a test fraction of a quarter, three folds.</summary>
[TestClass]
public sealed class SplitTests
{
    private readonly MLContext _ml = new();
    private readonly IDataView _rows;

    public SplitTests() => _rows = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());

    [TestMethod]
    [DataRow(1, "2,10,12,13,28,33,34,35,37")]
    [DataRow(42, "5,6,18,20,28,37")]
    [DataRow(0, "8,15,17,18,22,23,26,29,33,34,39")]
    public void ASeed_ChoosesTheTestRows(int seed, string testRows)
    {
        DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(_rows, testFraction: 0.25, seed: seed);
        Assert.AreEqual(testRows, Rows(split.TestSet));
        Assert.AreEqual(string.Join(",", Enumerable.Range(0, 40).Except(testRows.Split(',').Select(int.Parse))), Rows(split.TrainSet));
    }

    [TestMethod]
    public void WithoutASeed_TheContextsIsTaken_OrAFixedOne()
    {
        Assert.AreEqual("5,6,18,20,28,37", Rows(_ml.Data.TrainTestSplit(_rows, 0.25).TestSet));
        var seeded = new MLContext(seed: 1);
        IDataView rows = seeded.Data.LoadFromEnumerable(NumberedRow.Forty());
        Assert.AreEqual("2,10,12,13,28,33,34,35,37", Rows(seeded.Data.TrainTestSplit(rows, 0.25).TestSet));
        Assert.AreEqual("5,6,18,20,28,37", Rows(new MLContext(seed: 42).Data.TrainTestSplit(rows, 0.25).TestSet));
    }

    [TestMethod]
    public void ASplit_HasTheSourcesColumns_AndIsTheSameEachTimeItIsRead()
    {
        DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(_rows, 0.25, seed: 1);
        Assert.AreEqual("X:Single; G:String", string.Join("; ", split.TestSet.Schema.Select(column => $"{column.Name}:{column.Type}")));
        Assert.AreEqual(Rows(split.TrainSet), Rows(split.TrainSet));
        Assert.IsFalse(split.TrainSet.CanShuffle);
        Assert.IsNull(split.TrainSet.GetRowCount());
    }

    [TestMethod]
    public void HiddenColumns_StayHidden()
    {
        IDataView hiding = _ml.Transforms.CopyColumns("G", "X").Fit(_rows).Transform(_rows);
        Assert.AreEqual(3, hiding.Schema.Count);
        IDataView test = _ml.Data.TrainTestSplit(hiding, 0.25, seed: 42).TestSet;
        Assert.AreEqual("X:Single; G:String; G:Single", string.Join("; ", test.Schema.Select(column => $"{column.Name}:{column.Type}")));
        Assert.AreEqual("5,6,18,20,28,37", string.Join(",", test.GetColumn<float>("G")));
    }

    [TestMethod]
    public void ASplit_IsReadByOneCursor()
    {
        IDataView train = _ml.Data.TrainTestSplit(_ml.Data.Cache(_rows), 0.25, seed: 1).TrainSet;
        DataViewRowCursor[] cursors = train.GetRowCursorSet([train.Schema["X"]], 4);
        Assert.AreEqual(1, cursors.Length);
        cursors[0].Dispose();
    }

    [TestMethod]
    public void TextsBeyondAscii_AreKeysToo()
    {
        string[] names = ["Löwenzahn", "Gänseblümchen", "蒲公英", "ёлка", "🌻 sun", " rose ", "tulipán 🌷"];
        IDataView rows = _ml.Data.LoadFromEnumerable(names.Select((name, i) => new NumberedRow { X = i, G = name }));
        string[] chosen = [.. new[] { 1, 7, 100, 12345 }.Select(seed => Rows(_ml.Data.TrainTestSplit(rows, 0.5, samplingKeyColumnName: "G", seed: seed).TestSet))];
        Assert.AreEqual("0 | 0,3 | 0,1,2,3,5,6 | 3,4,6", string.Join(" | ", chosen));
    }

    [TestMethod]
    public void ATextKey_KeepsItsRowsTogether()
    {
        DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(_rows, 0.25, samplingKeyColumnName: "G", seed: 1);
        CollectionAssert.AreEqual(new[] { "g4" }, split.TestSet.GetColumn<string>("G").Distinct().ToArray());
        CollectionAssert.AreEquivalent(new[] { "g0", "g1", "g2", "g3" }, split.TrainSet.GetColumn<string>("G").Distinct().ToArray());
        Assert.AreEqual(40, split.TestSet.GetColumn<float>("X").Concat(split.TrainSet.GetColumn<float>("X")).Distinct().Count());
    }

    [TestMethod]
    public void ANumberAsKey_IsScaledToItsRange()
    {
        DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(_rows, 0.2, samplingKeyColumnName: "X", seed: 1);
        Assert.AreEqual("0,1,2,3,4,5,6,7", Rows(split.TestSet), "x/39 is below 0.2");
        Assert.AreEqual(32, split.TrainSet.GetColumn<float>("X").Count());
    }

    [TestMethod]
    public void AKeyColumnAsKey_IsCutByItsValues_AndMissingKeysAreInNeitherPart()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(SampleRow.Four());
        DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(rows, 0.5, samplingKeyColumnName: "K");
        CollectionAssert.AreEqual(new uint[] { 1 }, split.TestSet.GetColumn<uint>("K").ToArray(), "1/6 is below 0.5");
        CollectionAssert.AreEqual(new uint[] { 3, 2 }, split.TrainSet.GetColumn<uint>("K").ToArray(), "5/6 and 3/6 are not");
    }

    [TestMethod]
    public void Folds_AreTheRecordedOnes()
    {
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = _ml.Data.CrossValidationSplit(_rows, numberOfFolds: 3, seed: 1);
        CollectionAssert.AreEqual(
            new[] { "2,9,10,12,13,14,21,28,31,33,34,35,37", "3,5,15,17,18,19,22,25,29,30,32,39", "0,1,4,6,7,8,11,16,20,23,24,26,27,36,38" },
            folds.Select(fold => Rows(fold.TestSet)).ToArray());
        foreach (DataOperationsCatalog.TrainTestData fold in folds)
            Assert.AreEqual(40, fold.TestSet.GetColumn<float>("X").Concat(fold.TrainSet.GetColumn<float>("X")).Distinct().Count());
    }

    [TestMethod]
    public void EveryKindOfKeyColumn_SplitsByItsValue()
    {
        EveryType[] source = [.. Enumerable.Range(0, 60).Select(i => Same(i % 12))];
        IDataView rows = _ml.Data.LoadFromEnumerable(source);
        var chosen = new List<string>();
        foreach (string key in new[] { "S", "M", "B", "I1", "U1", "I2", "U2", "I4", "U4", "I8", "U8", "DT", "DZ", "TS", "Id", "V", "SV", "Bytes" })
        {
            DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(rows, 0.4, samplingKeyColumnName: key, seed: 3);
            float[] test = split.TestSet.GetColumn<float>("Prop").ToArray();
            float[] train = split.TrainSet.GetColumn<float>("Prop").ToArray();
            Assert.AreEqual(60, test.Length + train.Length, key);
            Assert.AreEqual(0, test.Intersect(train).Count(), $"{key}: equal values must be on one side");
            chosen.Add($"{key} {string.Join(",", test.Distinct().Order())}");
        }

        Assert.AreEqual("S 2,4,6,7,9; M 0,1,2,3,4,6,8,9,10; B ; I1 1,3,4,7,8,10; U1 3,4,7,8; I2 1,3,4,7,8,10; U2 3,4,7,8; I4 1,3,4,7,8,10; U4 3,4,7,8; " +
            "I8 3,6,7,9,10; U8 3,9; DT 0,2,4,5,7,8,9,11; DZ 0,2,4,5,7,8,9,11; TS 3,4; Id 2,7,9,10,11; V 8,11; SV 0,1,2,3,9,11; Bytes 0,1,3,4,5,11",
            string.Join("; ", chosen), "recorded with the official ML.NET");

        static EveryType Same(int i) => new()
        {
            S = $"text {i}",
            M = $"t{i}".AsMemory(),
            B = i < 6,
            I1 = (sbyte)-i,
            U1 = (byte)i,
            I2 = (short)-i,
            U2 = (ushort)i,
            I4 = -i,
            U4 = (uint)i,
            I8 = -i,
            U8 = (ulong)i << 40,
            DT = new DateTime(2000 + i, 1, 1),
            DZ = new DateTimeOffset(2000 + i, 1, 1, 0, 0, 0, TimeSpan.Zero),
            TS = TimeSpan.FromDays(i),
            Id = new DataViewRowId((ulong)i, 0),
            V = [i, 1],
            F3 = [1, 2, 3],
            SV = [$"a{i}", "b"],
            Bytes = [(byte)i, 2, 3, 4],
            Prop = i,
        };
    }

    [TestMethod]
    public void WrongArguments_AreRefused()
    {
        foreach (double fraction in new[] { 0, 1, -0.1, double.NaN })
            Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.TrainTestSplit(_rows, fraction));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.CrossValidationSplit(_rows, numberOfFolds: 1));
        Assert.ThrowsException<ArgumentNullException>(() => _ml.Data.TrainTestSplit(null!));
        var missing = Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.Data.TrainTestSplit(_rows, samplingKeyColumnName: "Nothing"));
        StringAssert.Contains(missing.Message, "Nothing");
    }

    private static string Rows(IDataView view) => string.Join(",", view.GetColumn<float>("X"));
}
