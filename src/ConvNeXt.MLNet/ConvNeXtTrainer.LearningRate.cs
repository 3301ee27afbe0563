using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace ConvNeXt.MLNet;

/// <content>The learning-rate range test.</content>
public sealed partial class ConvNeXtTrainer
{
    /// <summary>
    /// Suggests a learning rate for the data and the options: trains for some steps while the learning rate rises (a learning-rate range test). The weights or
    /// the model to start from are not changed. Set <see cref="Options.LearningRate"/> of a new trainer to the suggestion.
    /// </summary>
    /// <param name="input">The labeled images, as for <see cref="Fit"/>.</param>
    /// <param name="sweep">The range of learning rates. If null, the default range is used.</param>
    /// <returns>The loss at each learning rate, and a suggestion, which is also logged.</returns>
    /// <exception cref="OperationCanceledException">The test was canceled.</exception>
    /// <remarks>Throws the same exceptions as <see cref="Fit"/>.</remarks>
    public LearningRateFinderResult FindLearningRate(IDataView input, LearningRateFinderOptions? sweep = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column image = ImageColumn.Find(input.Schema, _options.ImageColumnName);
        LabelColumn label = LabelColumn.Find(input, _options.LabelColumnName, _host.CheckAlive);
        using IChannel channel = _host.Start("Learning-rate test");
        using var stores = new ImageStores((_host as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath(), _options.DecodingToUse, CreateWarn(channel));
        PreparedTraining prepared = Prepare(input, label, image, stores, channel);
        var finder = new LearningRateFinder(
            prepared.Config, prepared.Weights, prepared.Training, prepared.Images, sweep, _engine.CreateTrainingEngine, CreateScoringEngine(prepared.Training),
            prepared.Teacher);
        LearningRateFinderResult result = finder.Run(_host.CheckAlive, _options.CancellationToken);
        string suggested = result.Suggestion is { } suggestion ? Invariant($"{suggestion:G3} is suggested") : "the loss never fell, so no rate is suggested";
        channel.Info(
            MessageSensitivity.None, "{0}", Invariant($"Learning-rate test: the loss is lowest at {result.LeastLossLearningRate:G3}; {suggested}."));
        return result;
    }
}
