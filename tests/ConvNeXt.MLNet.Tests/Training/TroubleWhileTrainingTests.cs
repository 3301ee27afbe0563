using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.Training;

/// <summary>Files that vanish, and cancellation while the data is read.</summary>
[TestClass]
public sealed class TroubleWhileTrainingTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void ImagesThatVanishWhileTraining_AreLeftOut_AndNamed()
    {
        var context = new MLContext(seed: 1);
        var warnings = new List<string>();
        context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning) warnings.Add(message.Message);
        };
        LabeledImage[] images = [.. TestImages.WriteFolder(_folder, perClass: 8)];
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 4);
        options.Recipe = options.Recipe!.With(training => training with { SkipUnreadableImages = true, LoaderThreads = 1, BatchesAhead = 1, BatchSize = 4 });
        options.MetricsCallback = epoch =>
        {
            if (epoch.Epoch != 1) return;
            foreach (LabeledImage image in images.Take(2)) File.Delete(image.ImagePath);
        };
        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options, images);
        Assert.IsFalse(TinyModel.Score(model).Any(float.IsNaN));
        Assert.IsTrue(warnings.Exists(warning => warning.Contains(images[0].ImagePath, StringComparison.Ordinal)), string.Join('\n', warnings));
    }

    [TestMethod]
    public void TheTokenOfTheOptions_CancelsReadingTheData()
    {
        using var source = new CancellationTokenSource();
        int read = 0;
        var context = new MLContext(seed: 1);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.CancellationToken = source.Token;
        int all = TinyModel.TrainingImages.Count; // the labels are read before
        IDataView watched = context.Data.LoadFromEnumerable(Watch());
        Assert.Throws<OperationCanceledException>(() => context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(watched));
        Assert.IsTrue(read > all && read < all + 10, $"{read} rows were read");

        IEnumerable<LabeledImage> Watch()
        {
            foreach (LabeledImage image in TinyModel.TrainingImages)
            {
                if (++read == all + 5) source.Cancel();
                yield return image;
            }
        }
    }
}
