using System.Reflection;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ConvNeXt.Tests.Scoring;

/// <summary>The source's columns come through a scored view as they are, of whatever type, although they are read ahead.</summary>
[TestClass]
public sealed class SourceColumnTests
{
    private const int Count = 45;

    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void EveryType_ComesThroughUnchanged_WithIdAndPosition()
    {
        IDataView rows = _context.Data.LoadFromEnumerable(Enumerable.Range(0, Count).Select(Everything.Create));
        IDataView source = _context.Transforms.Conversion.MapKeyToVector("Sparse", nameof(Everything.Key)).Fit(rows).Transform(rows);
        IDataView scored = TinyModel.Transformer.Transform(source);
        Assert.IsTrue(source.Schema.Count >= 20);
        string[][] expected = Describe(source, source.Schema), actual = Describe(scored, [.. scored.Schema]);
        Assert.AreEqual(Count, actual.Length);
        for (int row = 0; row < Count; row++)
            for (int column = 0; column < source.Schema.Count + 3; column++)
                Assert.AreEqual(expected[row][column], actual[row][column], $"row {row}, column {column}");
        Assert.IsTrue(expected.Any(row => row.Any(value => value.StartsWith("sparse", StringComparison.Ordinal))), "there is a sparse vector");
    }

    [TestMethod]
    public void PicturesOfTheSource_ComeThroughAsTheSameObjects()
    {
        WithPicture[] rows = [.. SingleScores.Rows(9).Select(row => new WithPicture { ImagePath = row.ImagePath, Picture = MLImage.CreateFromFile(row.ImagePath) })];
        IDataView scored = TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(rows));
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<MLImage> getPicture = cursor.GetGetter<MLImage>(scored.Schema["Picture"]);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> score = default;
        foreach (WithPicture row in rows)
        {
            MLImage picture = null!;
            Assert.IsTrue(cursor.MoveNext());
            getPicture(ref picture);
            getScore(ref score);
            Assert.AreSame(row.Picture, picture);
            SingleScores.AssertOwn([new ScoredImage { ImagePath = row.ImagePath, Score = score.GetValues().ToArray() }]);
        }
        Assert.IsFalse(cursor.MoveNext());
        foreach (WithPicture row in rows) row.Picture!.Dispose();
    }

    [TestMethod]
    public void LoadedPictures_CanBeScoredAndReadAtOnce()
    {
        LabeledImage[] images = SingleScores.Rows(7);
        IDataView paths = _context.Data.LoadFromEnumerable(images.Select(image => new { Photograph = image.ImagePath }));
        IDataView pictures = _context.Transforms.LoadImages("ImagePath", "", "Photograph").Fit(paths).Transform(paths);
        IDataView scored = TinyModel.Transformer.Transform(pictures);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<MLImage> getPicture = cursor.GetGetter<MLImage>(scored.Schema["ImagePath"]);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        MLImage picture = null!;
        VBuffer<float> score = default;
        foreach (LabeledImage image in images)
        {
            Assert.IsTrue(cursor.MoveNext());
            getPicture(ref picture);
            getScore(ref score);
            using MLImage own = MLImage.CreateFromFile(image.ImagePath);
            CollectionAssert.AreEqual(own.Pixels.ToArray(), picture.Pixels.ToArray());
            SingleScores.AssertOwn([new ScoredImage { ImagePath = image.ImagePath, Score = score.GetValues().ToArray() }]);
        }
    }

    [TestMethod]
    public void EncodedImages_ThatAreAlsoRequested_AreReadOnce()
    {
        int calls = 0;
        LabeledImage[] images = SingleScores.Rows(20);
        IDataView paths = _context.Data.LoadFromEnumerable(images);
        IDataView encoded = _context.Transforms.CustomMapping<LabeledImage, Encoded>(
            (input, output) =>
            {
                calls++;
                output.Path = input.ImagePath;
                output.ImagePath = File.ReadAllBytes(input.ImagePath);
            },
            contractName: null).Fit(paths).Transform(paths);
        EncodedScore[] rows = [.. _context.Data.CreateEnumerable<EncodedScore>(TinyModel.Transformer.Transform(encoded), reuseRowObject: false)];
        for (int i = 0; i < rows.Length; i++) CollectionAssert.AreEqual(File.ReadAllBytes(images[i].ImagePath), rows[i].ImagePath);
        SingleScores.AssertOwn(rows.Select(row => new ScoredImage { ImagePath = row.Path, Score = row.Score }));
        Assert.AreEqual((20, 20), (rows.Length, calls));
    }

    [TestMethod]
    public void ObjectsOfTheSource_ComeThroughAsTheSameObjects()
    {
        WithNote[] rows = [.. SingleScores.Rows(8).Select((row, i) => new WithNote { ImagePath = row.ImagePath, Note = new Note { Number = i } })];
        IDataView scored = TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(rows));
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<Note> getNote = cursor.GetGetter<Note>(scored.Schema["Note"]);
        foreach (WithNote row in rows)
        {
            Note note = null!;
            Assert.IsTrue(cursor.MoveNext());
            getNote(ref note);
            Assert.AreSame(row.Note, note);
        }
    }

    [TestMethod]
    public void ACustomMappingWithState_IsCalledOnceForEachRow_InOrder()
    {
        int calls = 0;
        IDataView images = _context.Data.LoadFromEnumerable(SingleScores.Rows(Count));
        IDataView numbered = _context.Transforms.CustomMapping<LabeledImage, Numbered>(
            (input, output) => (output.Number, output.ImagePath) = (++calls, input.ImagePath), contractName: null).Fit(images).Transform(images);
        NumberedScore[] rows =
            [.. _context.Data.CreateEnumerable<NumberedScore>(TinyModel.Transformer.Transform(numbered), reuseRowObject: false)];
        CollectionAssert.AreEqual(Enumerable.Range(1, Count).ToArray(), rows.Select(row => row.Number).ToArray());
        SingleScores.AssertOwn(rows.Select(row => new ScoredImage { ImagePath = row.ImagePath, Score = row.Score }));
        Assert.AreEqual(Count, calls);
    }

    [TestMethod]
    public void ARow_HasNoValuesBeforeTheFirstAndAfterTheLast()
    {
        IDataView scored = TinyModel.Transformer.Transform(_context.Data.LoadFromEnumerable(SingleScores.Rows(2)));
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Label"], scored.Schema["Score"]]);
        ValueGetter<ReadOnlyMemory<char>> getLabel = cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["Label"]);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        ReadOnlyMemory<char> label = default;
        VBuffer<float> score = default;
        AssertNoRow();
        Assert.IsTrue(cursor.MoveNext() && cursor.MoveNext());
        Assert.AreEqual(1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
        AssertNoRow();
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(scored.Schema["Label"]), "of another type");
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["ImagePath"]), "not requested");

        void AssertNoRow()
        {
            Assert.AreEqual(-1, cursor.Position);
            Assert.ThrowsExactly<InvalidOperationException>(() => getLabel(ref label));
            Assert.ThrowsExactly<InvalidOperationException>(() => getScore(ref score));
        }
    }

    /// <summary>Each row as texts: the values of the columns, then id, position and batch.</summary>
    private static string[][] Describe(IDataView view, IEnumerable<DataViewSchema.Column> columns)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        int own = view.Schema.Count(column => column.Name is not ("Score" or "PredictedLabel"));
        MethodInfo create = typeof(SourceColumnTests).GetMethod(nameof(CreateReader), BindingFlags.Static | BindingFlags.NonPublic)!;
        Func<string>[] readers = [.. view.Schema.Take(own).Select(column =>
        {
            Type raw = column.Type.RawType;
            bool vector = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>);
            string name = vector ? nameof(CreateVectorReader) : nameof(CreateReader);
            return (Func<string>)typeof(SourceColumnTests).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(vector ? raw.GetGenericArguments()[0] : raw).Invoke(null, [cursor, column])!;
        })];
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        var rows = new List<string[]>();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getId(ref id);
            rows.Add([.. readers.Select(read => read()), id.ToString(), $"{cursor.Position}", $"{cursor.Batch}"]);
        }
        return [.. rows];
    }

    private static Func<string> CreateReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> get = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            get(ref value);
            return value is DateTime time ? time.ToString("O") : $"{value}";
        };
    }

    private static Func<string> CreateVectorReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> get = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            get(ref value);
            string values = string.Join(' ', value.GetValues().ToArray());
            return value.IsDense ? $"dense {value.Length}: {values}" : $"sparse {value.Length}: {values} at {string.Join(' ', value.GetIndices().ToArray())}";
        };
    }

    private sealed class Everything
    {
        public string ImagePath { get; set; } = "";

        public bool Boolean { get; set; }

        public sbyte SignedByte { get; set; }

        public byte Byte { get; set; }

        public short Short { get; set; }

        public ushort UnsignedShort { get; set; }

        public int Int { get; set; }

        public uint UnsignedInt { get; set; }

        public long Long { get; set; }

        public ulong UnsignedLong { get; set; }

        public float Single { get; set; }

        public double Double { get; set; }

        public string Text { get; set; } = "";

        public DateTime Time { get; set; }

        public DateTimeOffset Offset { get; set; }

        public TimeSpan Span { get; set; }

        public DataViewRowId RowId { get; set; }

        [KeyType(10)]
        public uint Key { get; set; }

        public float[] Singles { get; set; } = [];

        [VectorType(3)]
        public double[] Three { get; set; } = [];

        public string[] Texts { get; set; } = [];

        public byte[] Bytes { get; set; } = [];

        public static Everything Create(int i) => new()
        {
            ImagePath = SingleScores.Rows(i + 1)[i].ImagePath,
            Boolean = i % 3 == 0,
            SignedByte = (sbyte)(i - 20),
            Byte = (byte)i,
            Short = (short)(-i * 100),
            UnsignedShort = (ushort)(i * 100),
            Int = -i * 100_000,
            UnsignedInt = (uint)i * 100_000,
            Long = -i * 10_000_000_000,
            UnsignedLong = (ulong)i * 10_000_000_000,
            Single = i % 5 == 0 ? float.NaN : i / 7f,
            Double = i / 7.0,
            Text = i % 4 == 0 ? "" : $"row {i}",
            Time = new DateTime(2020, 1, 1).AddHours(i),
            Offset = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.FromHours(1)).AddHours(i),
            Span = TimeSpan.FromMinutes(i),
            RowId = new DataViewRowId((ulong)i, (ulong)(7 * i)),
            Key = (uint)(i % 11), // 10 is out of range: missing
            Singles = [.. Enumerable.Range(0, i % 6).Select(j => (float)(i + j))],
            Three = [i, 2 * i, 3 * i],
            Texts = [.. Enumerable.Range(0, i % 4).Select(j => $"text {i} {j}")],
            Bytes = [.. Enumerable.Range(0, i % 5).Select(j => (byte)j)],
        };
    }

    private sealed class WithPicture
    {
        public string ImagePath { get; set; } = "";

        [ImageType(TestImages.Size, TestImages.Size)]
        public MLImage? Picture { get; set; }
    }

    private sealed class Numbered
    {
        public int Number { get; set; }

        public string ImagePath { get; set; } = "";
    }

    private sealed class NumberedScore
    {
        public int Number { get; set; }

        public string ImagePath { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    private sealed class Encoded
    {
        public string Path { get; set; } = "";

        public byte[] ImagePath { get; set; } = [];
    }

    private sealed class EncodedScore
    {
        public string Path { get; set; } = "";

        public byte[] ImagePath { get; set; } = [];

        public float[] Score { get; set; } = [];
    }

    private sealed class WithNote
    {
        public string ImagePath { get; set; } = "";

        [NoteType]
        public Note Note { get; set; } = new();
    }

    private sealed class Note
    {
        public int Number { get; set; }
    }

    private sealed class NoteDataViewType() : StructuredDataViewType(typeof(Note))
    {
        public override bool Equals(DataViewType? other) => other is NoteDataViewType;

        public override int GetHashCode() => 0;
    }

    private sealed class NoteTypeAttribute : DataViewTypeAttribute
    {
        public override bool Equals(DataViewTypeAttribute? other) => other is NoteTypeAttribute;

        public override int GetHashCode() => 0;

        public override void Register() => DataViewTypeManager.Register(new NoteDataViewType(), typeof(Note), this);
    }
}
