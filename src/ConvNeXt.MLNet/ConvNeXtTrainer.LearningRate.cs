using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace ConvNeXt.MLNet;

/// <content>The learning-rate test.</content>
public sealed partial class ConvNeXtTrainer
{
    /// <summary>
    /// Looks for a learning rate for these data and options: some steps of training while the learning rate rises (<see cref="LearningRateFinder"/>). The
    /// weights or the model that training would start from stay as they are. Put its suggestion into <see cref="TrainingOptions.LearningRate"/> of a new trainer.
    /// </summary>
    /// <param name="input">Labelled images, as for <see cref="Fit"/>.</param>
    /// <param name="sweep">The range; null for the default one.</param>
    /// <returns>The loss by learning rate, and a suggestion, which the log has, too.</returns>
    /// <exception cref="OperationCanceledException">The test was cancelled.</exception>
    /// <remarks>It fails as <see cref="Fit"/> does.</remarks>
    public LearningRateFinderResult FindLearningRate(IDataView input, LearningRateFinderOptions? sweep = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        LabelColumn label = LabelColumn.Find(input.Schema, _options.LabelColumnName);
        DataViewSchema.Column image = ImageColumn.Find(input.Schema, _options.ImageColumnName);
        using IChannel channel = _host.Start("Learning-rate test");
        using var stores = new ImageStores((_host as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath());
        PreparedTraining prepared = Prepare(input, label, image, stores, channel);
        var finder = new LearningRateFinder(
            prepared.Config, prepared.Weights, prepared.Training, prepared.Images, sweep, _engine.CreateTrainingEngine, CreateScoringEngine(prepared.Training));
        LearningRateFinderResult result = finder.Run(_host.CheckAlive, _options.CancellationToken);
        string suggested = result.Suggestion is { } suggestion ? Invariant($"{suggestion:G3} is suggested") : "it never fell, so nothing is suggested";
        channel.Info(MessageSensitivity.None, "{0}", Invariant($"Learning-rate test: the loss is least at {result.LeastLossLearningRate:G3}; {suggested}."));
        return result;
    }
}
