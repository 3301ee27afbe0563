using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.Scoring;

/// <summary>An image that cannot be read costs its row the result and nothing else, and the reason can be had in a column.</summary>
[TestClass]
public sealed class ProblemTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void TheColumn_HasTheReason_InAViewAndInAPredictionEngine()
    {
        LabeledImage[] rows = SingleScores.Rows(20);
        rows[3] = new LabeledImage { ImagePath = Path.Combine(_folder, "missing.jpg") };
        rows[7] = new LabeledImage { ImagePath = WriteText("page.jpg") };
        ConvNeXtClassificationTransformer model = TinyModel.Transformer.WithProblemColumn("ImageProblem");
        IDataView scored = model.Transform(_context.Data.LoadFromEnumerable(rows));
        Assert.AreEqual("String", scored.Schema["ImageProblem"].Type.ToString());
        WithProblem[] batched = [.. _context.Data.CreateEnumerable<WithProblem>(scored, reuseRowObject: false)];
        using PredictionEngine<LabeledImage, WithProblem> engine = _context.Model.CreatePredictionEngine<LabeledImage, WithProblem>(model);
        foreach (WithProblem[] result in new[] { batched, [.. rows.Select(engine.Predict)] })
        {
            for (int i = 0; i < rows.Length; i++)
            {
                bool isProblem = i is 3 or 7;
                Assert.AreEqual(isProblem, result[i].ImageProblem.Length > 0, $"row {i}: {result[i].ImageProblem}");
                Assert.AreEqual(isProblem, float.IsNaN(result[i].Score[0]));
                Assert.AreEqual(isProblem, result[i].PredictedLabel == 0);
            }
            StringAssert.Contains(result[3].ImageProblem, "missing.jpg' cannot be read: there is no such file");
            StringAssert.Contains(result[7].ImageProblem, "page.jpg");
            CollectionAssert.AreEqual(TinyModel.Score(TinyModel.Transformer)[..3], result[0].Score);
        }
    }

    [TestMethod]
    public void ProblemsAlone_CanBeRead()
    {
        LabeledImage[] rows = [TinyModel.TestSet[0], new() { ImagePath = Path.Combine(_folder, "missing.jpg") }];
        IDataView scored = TinyModel.Transformer.WithProblemColumn("Why").Transform(_context.Data.LoadFromEnumerable(rows));
        string[] problems = [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<string>(scored, "Why")];
        Assert.AreEqual("", problems[0]);
        StringAssert.Contains(problems[1], "missing.jpg");
    }

    [TestMethod]
    public void ASavedModel_KeepsTheColumn()
    {
        string with = Save(TinyModel.Transformer.WithProblemColumn("Why")), without = Save(TinyModel.Transformer.WithProblemColumn("Why").WithProblemColumn(null));
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        CollectionAssert.AreEqual(new[] { "Score", "PredictedLabel", "Why" }, AddedColumns(new MLContext().Model.Load(with, out _), data));
        CollectionAssert.AreEqual(new[] { "Score", "PredictedLabel" }, AddedColumns(new MLContext().Model.Load(without, out _), data));
        Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Transformer.WithProblemColumn(" "));
    }

    [TestMethod]
    public void TheOptionOfTrainerAndFeaturizer_AddsTheColumn_AsItsShapePromises()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.ProblemColumnName = "Why";
        IDataView keyed = TinyModel.WithKeys(_context, TinyModel.TrainingImages);
        ConvNeXtTrainer trainer = _context.MulticlassClassification.Trainers.ConvNeXt(options);
        AssertPromised(trainer.GetOutputSchema(SchemaShape.Create(keyed.Schema)));
        CollectionAssert.AreEqual(new[] { "Score", "PredictedLabel", "Why" }, AddedColumns(trainer.Fit(keyed), keyed));

        var featurizerOptions = new ConvNeXtFeaturizingEstimator.Options { Model = TinyModel.Transformer, ProblemColumnName = "Why" };
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        ConvNeXtFeaturizingEstimator featurizer = _context.Transforms.ConvNeXtFeaturizer(featurizerOptions);
        AssertPromised(featurizer.GetOutputSchema(SchemaShape.Create(data.Schema)));
        string with = Save(featurizer.Fit(data));
        CollectionAssert.AreEqual(new[] { "Features", "Why" }, AddedColumns(new MLContext().Model.Load(with, out _), data));

        static void AssertPromised(SchemaShape shape)
        {
            SchemaShape.Column column = shape.Single(c => c.Name == "Why");
            Assert.AreEqual((SchemaShape.Column.VectorKind.Scalar, false), (column.Kind, column.IsKey));
            Assert.AreEqual(Microsoft.ML.Data.TextDataViewType.Instance, column.ItemType);
        }
    }

    [TestMethod]
    public void TheLog_NamesTwentyImages_AndCountsTheRest()
    {
        var context = new MLContext(seed: 1);
        var warnings = new List<string>();
        context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning) warnings.Add(message.Message);
        };
        using var file = new MemoryStream();
        context.Model.Save(TinyModel.Transformer, null, file);
        file.Position = 0;
        ITransformer model = context.Model.Load(file, out _);
        LabeledImage[] rows = [.. Enumerable.Range(0, 70).Select(i => i % 2 == 0 ? TinyModel.TestSet[i % 30] : new() { ImagePath = Path.Combine(_folder, $"{i}.jpg") })];
        ScoredImage[] scored = [.. context.Data.CreateEnumerable<ScoredImage>(model.Transform(context.Data.LoadFromEnumerable(rows)), false)];
        Assert.AreEqual(35, scored.Count(row => float.IsNaN(row.Score[0])));
        Assert.AreEqual(21, warnings.Count, string.Join('\n', warnings));
        StringAssert.Contains(warnings[0], "1.jpg");
        StringAssert.Contains(warnings[0], "Row 1 gets NaN");
        StringAssert.Contains(warnings[^1], "35 images could not be read");
    }

    [TestMethod]
    public void AFileThatLoadImagesBeforeItCannotLoad_IsTheRowsProblem()
    {
        string[] paths = [TinyModel.TestSet[0].ImagePath, WriteText("page.bmp"), Path.Combine(_folder, "missing.bmp"), TinyModel.TestSet[1].ImagePath];
        IDataView rows = _context.Data.LoadFromEnumerable(paths.Select(path => new { Photograph = path }));
        IDataView images = _context.Transforms.LoadImages("ImagePath", "", "Photograph").Fit(rows).Transform(rows);
        IDataView scored = TinyModel.Transformer.WithProblemColumn("ImageProblem").Transform(images);
        string[] problems = [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<string>(scored, "ImageProblem")];
        CollectionAssert.AreEqual(new[] { false, true, true, false }, problems.Select(problem => problem.Length > 0).ToArray(), string.Join('\n', problems));
        float[][] scores = [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float[]>(scored, "Score")];
        SingleScores.AssertOwn([new() { ImagePath = paths[0], Score = scores[0] }, new() { ImagePath = paths[3], Score = scores[3] }]);
    }

    [TestMethod]
    public void AnErrorOfTheSourceInAPath_IsNoProblemOfTheImage()
    {
        IDataView images = _context.Data.LoadFromEnumerable(SingleScores.Rows(5));
        IDataView failing = _context.Transforms.CustomMapping<LabeledImage, LabeledImage>(
            (_, _) => throw new InvalidOperationException("a mistake in a mapping"), contractName: null).Fit(images).Transform(images);
        IDataView scored = TinyModel.Transformer.Transform(failing);
        var error = Assert.Throws<InvalidOperationException>(() => Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float[]>(scored, "Score").Count());
        StringAssert.Contains(error.ToString(), "a mistake in a mapping");
    }

    [TestMethod]
    public void OnlyFailuresOfTheImage_AreItsProblem()
    {
        Exception[] image =
        [
            new UnreadableImageException("damaged"), new ArgumentOutOfRangeException(), new OverflowException(), new IOException(), new NullReferenceException(),
            new FileNotFoundException("There is no such image.", "photo.jpg"), new InvalidOperationException("wrapped", new IOException()),
        ];
        foreach (Exception e in image) Assert.IsTrue(ImageFailure.IsOfTheImage(e), e.ToString());
        Exception[] machine =
        [
            new OutOfMemoryException(), new InsufficientMemoryException(), new OperationCanceledException(), new TaskCanceledException(), new DllNotFoundException(),
            new EntryPointNotFoundException(), new TypeInitializationException("SkiaSharp.SKBitmap", null), new MissingMethodException(), new TypeLoadException(),
            new BadImageFormatException(), new FileLoadException(), new FileNotFoundException("No assembly.", "SkiaSharp, Version=2.88.0.0, Culture=neutral"),
            new UnreadableImageException("not decoded", new MissingMethodException()), new InvalidOperationException("wrapped", new OutOfMemoryException()),
        ];
        foreach (Exception e in machine) Assert.IsFalse(ImageFailure.IsOfTheImage(e), e.ToString());
    }

    private static string[] AddedColumns(ITransformer model, IDataView data) =>
        [.. model.GetOutputSchema(data.Schema).Skip(data.Schema.Count).Select(column => column.Name)];

    private string Save(ITransformer model)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".zip");
        _context.Model.Save(model, null, path);
        return path;
    }

    private string WriteText(string name)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, "<html>no image</html>");
        return path;
    }

    private sealed class WithProblem
    {
        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];

        public string ImageProblem { get; set; } = "";
    }
}
