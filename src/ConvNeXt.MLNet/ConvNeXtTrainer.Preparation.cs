using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet;

/// <content>Turns options and data into the arguments of a training session.</content>
public sealed partial class ConvNeXtTrainer
{
    private static ConvNeXtConfig CreateConfig(Options options, int classCount)
    {
        ConvNeXtConfig config = options.Config
            ?? (options.InitialModel is { } model ? InitialModel.Find(model).Config : ConvNeXtArchitectures.Get(options.Variant));
        return (options.Recipe?.ApplyTo(config) ?? config) with { ClassCount = classCount };
    }

    private static void CheckStart(Options options)
    {
        if (options.InitialModel is not null && (options.Weights is not null || options.HeadIndices is not null))
        {
            string other = options.Weights is not null ? nameof(options.Weights) : nameof(options.HeadIndices);
            throw new ArgumentException(
                $"Options {nameof(options.InitialModel)} and {other} cannot both be set: weights and head rows come from the model.", nameof(options));
        }
        if (options.HeadIndices is not null && options.Weights is null)
        {
            throw new ArgumentException(
                $"Option {nameof(options.HeadIndices)} selects rows of a pretrained head, so it needs {nameof(options.Weights)}.", nameof(options));
        }
    }

    private PreparedTraining Prepare(IDataView input, LabelColumn label, DataViewSchema.Column image, ImageStores stores, IChannel channel)
    {
        ConvNeXtConfig config = CreateConfig(_options, label.ClassCount);
        TrainingOptions training = _options.TrainingToUse;
        training = training with { Seed = FindSeed(channel), ClassNames = training.ClassNames ?? label.Values?.Names };
        WeightSet? weights = null; // drawn from the seed
        string? note = null;
        if (_options.Weights is not null)
        {
            var loader = new WeightsLoader(_host, channel, _options.AcceptNonCommercialLicense);
            weights = PretrainedWeights.Load(loader, _options, config, training, out note);
        }
        else if (_options.InitialModel is not null)
        {
            ConvNeXtClassificationTransformer initial = InitialModel.Find(_options.InitialModel);
            weights = InitialModel.CreateWeights(initial, config, label, training.Seed, training.HeadInitScale, out note);
            training = training with { Preprocessing = InitialModel.Normalize(training.Preprocessing, initial), NormalizeByTrainingSet = false };
        }
        if (note is not null) channel.Info(MessageSensitivity.UserData, "{0}", note);

        LabeledImages images = LabeledImages.Read(_host, input, image, label.Column, label.CreateReader, _options.ImageRootFolder, stores.Create());
        TrainingData.Check(images, label, channel);
        (LabeledImages trainingImages, LabeledImages? validationImages) = TrainingData.Split(_host, images, label, _options, training.Seed, stores, channel);
        return new PreparedTraining(config, weights, training, trainingImages, validationImages);
    }

    private long FindSeed(IChannel channel)
    {
        if (_options.TrainingToUse.Seed != 0) return _options.TrainingToUse.Seed;
        if ((_host as IHostEnvironmentInternal)?.Seed is null && _options.Checkpoints is { Resume: true } checkpoints && CheckpointInfo.Find(checkpoints) is { } checkpoint)
            return checkpoint.Seed;
        long seed = (_host as IHostEnvironmentInternal)?.Seed ?? _host.Rand.Next();
        channel.Info(MessageSensitivity.None, "The seed is {0}.", seed);
        return seed;
    }

    private sealed record PreparedTraining(ConvNeXtConfig Config, WeightSet? Weights, TrainingOptions Training, LabeledImages Images, LabeledImages? Validation);
}
