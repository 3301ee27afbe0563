using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

[TestClass]
public sealed class CheckpointOptionTests
{
    [TestMethod]
    public void AFitThatIsCancelled_IsGoneOnWith_WithTheSeedOfItsCheckpoint()
    {
        string folder = TestFolders.CreateTemporary();
        try
        {
            using var source = new CancellationTokenSource();
            ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 2);
            options.Checkpoints = new CheckpointOptions { Folder = folder };
            options.CancellationToken = source.Token;
            options.ProgressCallback = progress =>
            {
                if (progress.Step == 3) source.Cancel();
            };
            TinyModel.Fit(new MLContext(), options);

            // Cancelled before another step: there are the checkpoint's weights, so there is a model.
            using var again = new CancellationTokenSource();
            var cancelling = new MLContext();
            cancelling.Log += (_, e) =>
            {
                if (e.Message.Contains("Resuming from", StringComparison.Ordinal)) again.Cancel();
            };
            options = TinyModel.CreateOptions(epochs: 2);
            options.Checkpoints = new CheckpointOptions { Folder = folder, Resume = true };
            options.CancellationToken = again.Token;
            options.ProgressCallback = _ => Assert.Fail("a step was taken");
            Assert.IsNotNull(TinyModel.Fit(cancelling, options));

            string? note = null;
            var context = new MLContext(); // without a seed
            context.Log += (_, e) => note = e.Message.Contains("Resuming from", StringComparison.Ordinal) ? e.Message : note;
            options = TinyModel.CreateOptions(epochs: 2);
            options.Checkpoints = new CheckpointOptions { Folder = folder, Resume = true };
            WeightSet resumed = TinyModel.Fit(context, options).Weights;
            StringAssert.Contains(note, "epoch 1, after 3 steps");

            options.Checkpoints = null;
            options.Recipe = options.Recipe!.With(training => training with { Seed = CheckpointInfo.Find(new CheckpointOptions { Folder = folder })!.Seed });
            WeightSet uninterrupted = TinyModel.Fit(new MLContext(), options).Weights;
            foreach (WeightTensor tensor in uninterrupted.Tensors) CollectionAssert.AreEqual(tensor.Values, resumed[tensor.Name].Values, tensor.Name);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
