using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests;

/// <summary>Each wrong input with the message that it gets.</summary>
[TestClass]
public sealed class BadInputTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void LabelColumn_Missing()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.LabelColumnName = "Species";
        Fails<ArgumentOutOfRangeException>(() => TinyModel.Fit(_context, options), "no label column 'Species'", "'ImagePath'", "'Label'");
    }

    [TestMethod]
    public void LabelColumn_NeitherTextNorKey()
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TrainingImages.Select(image => new WithNumber { ImagePath = image.ImagePath, Number = 1 }));
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.LabelColumnName = "Number";
        ConvNeXtTrainer trainer = _context.MulticlassClassification.Trainers.ConvNeXt(options);
        Fails<ArgumentOutOfRangeException>(() => trainer.Fit(data), "label column 'Number' is of type Single", "must be text or a key", "MapValueToKey");
        Fails<ArgumentOutOfRangeException>(
            () => new Microsoft.ML.Data.EstimatorChain<ConvNeXtClassificationTransformer>().Append(trainer).Fit(data), "must be text or a key");
    }

    [TestMethod]
    public void ImageColumn_MissingOrOfAnotherType()
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TrainingImages.Select(image => new WithNumber { ImagePath = image.ImagePath, Label = image.Label }));
        IDataView keyed = _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.ImageColumnName = "Photo";
        Fails<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(keyed), "no image column 'Photo'", "'ImagePath'");
        foreach ((string column, string type) in new[] { ("Number", "Single"), ("Numbers", "Vector<Single>"), ("Label", "Key") })
        {
            options.ImageColumnName = column;
            Fails<ArgumentOutOfRangeException>(
                () => _context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(keyed),
                $"image column '{column}' is of type {type}",
                "a path (text), an encoded image (vector of Byte) or an MLImage");
        }
        IDataView others = _context.Data.LoadFromEnumerable(new[] { new { Other = 1f } });
        Fails<ArgumentOutOfRangeException>(() => TinyModel.Transformer.Transform(others), "no image column 'ImagePath'");
    }

    [TestMethod]
    public void EmptyData()
    {
        IDataView data = _context.Data.SkipRows(TinyModel.WithKeys(_context, TinyModel.TrainingImages), 1000);
        ConvNeXtTrainer trainer = _context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1));
        Fails<InvalidOperationException>(() => trainer.Fit(data), "no rows with a label in column 'Label'");
    }

    [TestMethod]
    public void OneClassOnly()
    {
        LabeledImage[] discs = [.. TinyModel.TrainingImages.Where(image => image.Label == "disc")];
        Fails<ArgumentOutOfRangeException>(() => TinyModel.Fit(_context, TinyModel.CreateOptions(epochs: 1), discs), "'Label'", "one class only");

        IDataView all = TinyModel.WithKeys(_context, TinyModel.TrainingImages);
        IDataView one = _context.Data.TakeRows(all, 10); // the key knows three labels, the rows have one
        Fails<InvalidOperationException>(
            () => _context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1)).Fit(one), "All 10 rows", "'across'", "at least two classes");
    }

    [TestMethod]
    public void UnreadableTrainingImages_FailByDefault_NamingTheFile()
    {
        foreach ((string file, byte[]? content, string reason) in Unreadable())
        {
            string path = Path.Combine(_folder, file);
            if (content is not null) File.WriteAllBytes(path, content);
            IEnumerable<LabeledImage> images = TinyModel.TrainingImages.Append(new LabeledImage { ImagePath = path, Label = "disc" });
            ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
            options.ValidationSetFraction = null;
            Fails<UnreadableImageException>(() => TinyModel.Fit(_context, options, images), path, reason);
        }
    }

    [TestMethod]
    public void UnreadableBytes_FailByDefault_NamingTheRow()
    {
        List<WithBytes> rows = [.. TinyModel.TrainingImages.Select(image => new WithBytes { Label = image.Label, Image = File.ReadAllBytes(image.ImagePath) })];
        rows[30].Image = [1, 2, 3];
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        IDataView keyed = _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.ImageColumnName = "Image";
        options.ValidationSetFraction = null;
        Fails<UnreadableImageException>(() => _context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(keyed), "Row 30", "not an image that can be decoded");
    }

    [TestMethod]
    public void SkippedImages_AreEachReported()
    {
        var messages = new List<string>();
        _context.Log += (_, message) => messages.Add(message.Message);
        var images = TinyModel.TrainingImages.ToList();
        foreach ((string file, byte[]? content, _) in Unreadable())
        {
            if (content is not null) File.WriteAllBytes(Path.Combine(_folder, file), content);
            images.Insert(images.Count / 2, new LabeledImage { ImagePath = Path.Combine(_folder, file), Label = "down" });
        }
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Recipe = options.Recipe!.With(training => training with { SkipUnreadableImages = true });

        TinyModel.Fit(_context, options, images);

        Assert.IsTrue(messages.Any(message => message.Contains($"{Unreadable().Count()} images could not be read")), string.Join('\n', messages));
        foreach ((string file, _, string reason) in Unreadable())
        {
            int reports = messages.Count(message => message.Contains(Path.Combine(_folder, file)) && message.Contains(reason));
            Assert.AreEqual(1, reports, $"{file}: {string.Join('\n', messages)}");
        }
    }

    [TestMethod]
    public void WeightsFile_MissingDamagedOrOfAnotherNetwork()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Weights = Path.Combine(_folder, "none.safetensors");
        Fails<FileNotFoundException>(() => TinyModel.Fit(_context, options), "none.safetensors", "There is no weights file");

        options.Weights = Path.Combine(_folder, "damaged.safetensors");
        File.WriteAllBytes(options.Weights, new byte[100]);
        Fails<InvalidDataException>(() => TinyModel.Fit(_context, options), "damaged.safetensors");

        options.Weights = Path.Combine(_folder, "wider.safetensors");
        SafetensorsWriter.Write(options.Weights, WeightInitializer.Create(TinyModel.Config with { Widths = [8, 16, 24, 48] }, seed: 1));
        Fails<WeightMismatchException>(
            () => TinyModel.Fit(_context, options), "wider.safetensors", "tensor 'downsample_layers.3.1.weight' is [48,24,2,2]", "wants [32,24,2,2]");

        options.Weights = Path.Combine(_folder, "deeper.safetensors");
        SafetensorsWriter.Write(options.Weights, WeightInitializer.Create(TinyModel.Config with { Depths = [1, 1, 2, 1] }, seed: 1));
        Fails<WeightMismatchException>(
            () => TinyModel.Fit(_context, options), "deeper.safetensors", "tensor 'stages.2.1.dwconv.weight' [24,1,7,7] is not part");
    }

    [TestMethod]
    public void ValidationSet_WithAnUnknownLabel()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        LabeledImage[] validation = [.. TinyModel.TestSet, new LabeledImage { ImagePath = TinyModel.TestSet[0].ImagePath, Label = "zigzag" }];
        foreach (IDataView data in new[] { _context.Data.LoadFromEnumerable(validation), TinyModel.WithKeys(_context, validation) })
        {
            options.ValidationSet = data;
            Fails<InvalidOperationException>(() => TinyModel.Fit(_context, options), "label 'zigzag'", "'Label'", "row 30", "'across', 'disc', 'down'");
        }
        options.ValidationSet = _context.Data.SkipRows(_context.Data.LoadFromEnumerable(validation), 1000);
        Fails<InvalidOperationException>(() => TinyModel.Fit(_context, options), "validation set has no rows");
    }

    [TestMethod]
    public void ValidationLabels_AreMatchedByValue_NotByKey()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        var metrics = new List<ValidationMetrics>();
        options.MetricsCallback = epoch => metrics.Add(epoch.Validation!);
        IDataView reversed = TinyModel.WithKeys(_context, TinyModel.TestSet.Reverse()); // other keys for the same labels
        foreach (IDataView data in new[] { _context.Data.LoadFromEnumerable(TinyModel.TestSet.Reverse()), reversed })
        {
            options.ValidationSet = data;
            TinyModel.Fit(_context, options);
        }
        Assert.AreEqual(metrics[0], metrics[1]);
    }

    [TestMethod]
    public void Options_OutOfRange_AreNamed()
    {
        Refuses(options => options.ValidationSetFraction = 1, "ValidationSetFraction");
        Refuses(options => options.ScoreBatchSize = 0, "ScoreBatchSize");
        Refuses(options => options.LabelColumnName = " ", "LabelColumnName");
        Refuses(options => options.Config = TinyModel.Config with { Widths = [8, 16, 24] }, "Widths");
        Refuses(options => options.Recipe = options.Recipe!.With(training => training with { BatchSize = 0 }), "BatchSize");
        Refuses(options => options.Recipe = options.Recipe!.With(training => training with { Preprocessing = ImagePreprocessing.ForSize(16) }), "Size");

        void Refuses(Action<ConvNeXtTrainer.Options> change, string option)
        {
            ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
            change(options);
            try
            {
                _context.MulticlassClassification.Trainers.ConvNeXt(options);
            }
            catch (ArgumentException error)
            {
                StringAssert.Contains(error.Message, option);
                return;
            }
            Assert.Fail($"{option} was accepted.");
        }
    }

    /// <summary>Files that are no images: name, content (null: there is no such file) and what the message says.</summary>
    private static IEnumerable<(string File, byte[]? Content, string Reason)> Unreadable()
    {
        byte[] whole = TestImages.EncodeBmp(TestImages.Size, TestImages.Size, TestImages.Draw("disc", new Random(1)));
        byte[] huge = [.. whole];
        BitConverter.TryWriteBytes(huge.AsSpan(18), 50_000);
        BitConverter.TryWriteBytes(huge.AsSpan(22), 50_000);
        yield return ("missing.png", null, "no such file");
        yield return ("zero.png", [], "0 bytes");
        yield return ("truncated.bmp", whole[..2000], "truncated");
        yield return ("huge.bmp", huge, "too large: 50000 x 50000 pixels");
        yield return ("text.jpg", "this is no image"u8.ToArray(), "not an image that can be decoded");
    }

    private static void Fails<TException>(Action action, params string[] said)
        where TException : Exception
    {
        var error = Assert.ThrowsExactly<TException>(action);
        foreach (string text in said) StringAssert.Contains(error.Message, text);
    }

    private sealed class WithNumber
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";

        public float Number { get; set; }

        public float[] Numbers { get; set; } = [];
    }

    private sealed class WithBytes
    {
        public string Label { get; set; } = "";

        public byte[] Image { get; set; } = [];
    }
}
