using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet;

/// <content>Turns options and data into the arguments of a training session.</content>
public sealed partial class ConvNeXtTrainer
{
    private PreparedTraining Prepare(IDataView input, LabelColumn label, DataViewSchema.Column image, ImageStores stores, IChannel channel, int fit = 1, IRankGroup? ranks = null)
    {
        CheckpointOptions? checkpoints = NumberedFiles.Of(_options.Checkpoints, fit);
        TrainingOptions training = OptionOverrides.Apply(_options, _recipe);
        training = training with
        {
            Seed = FindSeed(training.Seed, checkpoints, ranks ?? SingleRank.Instance),
            ClassNames = training.ClassNames ?? label.Values?.Names,
            MetricsFile = NumberedFiles.Of(training.MetricsFile, fit),
        };
        var (config, weights, start, isHeadTrained, license) = Start(label, training, channel);
        training = FitToStart(training, weights, isHeadTrained);

        TrainingTeacher? teacher = TeacherModel.Create(_options, label);
        LabeledImages images = LabeledImages.Read(
            _host, input, image, label.Column, label.CreateReader, _options.ImageRootFolder, stores.Create(), _options.CancellationToken,
            keepUnlabeled: teacher is not null);
        TrainingData.Check(images, label, channel);
        (LabeledImages trainingImages, LabeledImages? validationImages) = TrainingData.Split(_host, images, label, _options, training.Seed, stores, channel);
        var info = new ConvNeXtTrainingInfo
        {
            Recipe = _recipe.Name,
            Start = start,
            Network = config,
            Options = training,
            Augmentation = AugmentationPresets.Describe(training),
            Engine = _engine.Description,
            TrainingImages = trainingImages.Count,
            ValidationImages = validationImages?.Count ?? 0,
        };
        return new PreparedTraining(config, weights, training, checkpoints, trainingImages, validationImages, info, teacher, isHeadTrained, license);
    }

    /// <summary>Turns off what trained weights or a trained head do not need.</summary>
    private static TrainingOptions FitToStart(TrainingOptions training, WeightSet? weights, bool isHeadTrained) => training with
    {
        NormalizeByTrainingSet = training.NormalizeByTrainingSet && weights is null,
        SolveHead = training.SolveHead && !isHeadTrained,
        SolveHeadBelowSteps = isHeadTrained ? 0 : training.SolveHeadBelowSteps,
    };

    /// <summary>
    /// Returns the network, the weights to start from (null to draw them from the seed), the start in words, whether the head already knows the classes, and
    /// the license of the weights.
    /// </summary>
    private (ConvNeXtConfig Config, WeightSet? Weights, string Start, bool IsHeadTrained, string? License) Start(
        LabelColumn label, TrainingOptions training, IChannel channel)
    {
        TrainingStart start = TrainingStarts.Find(_options);
        ConvNeXtConfig? network = TrainingStarts.FindConfig(_options);
        if (start == TrainingStart.Scratch) return (ForTraining(network!), null, "from scratch", false, StoredLicense.Scratch);
        string note, description;
        string? license;
        WeightSet weights;
        ConvNeXtConfig config;
        bool isHeadTrained;
        if (start == TrainingStart.InitialModel)
        {
            config = ForTraining(network!);
            ConvNeXtClassificationTransformer initial = InitialModel.Find(_options.InitialModel!);
            weights = InitialModel.CreateWeights(initial, config, label, training.Seed, training.HeadInitScale, out note);
            (description, isHeadTrained, license) = ("the initial model", true, initial.WeightsLicense);
        }
        else
        {
            string source = start == TrainingStart.PackagedWeights ? ConvNeXtWeights.Packaged : _options.Weights!;
            LoadedWeights loaded = new WeightsLoader(_host, channel, _options.AcceptNonCommercialLicense).Load(source, network, _options.CancellationToken);
            config = ForTraining(network ?? loaded.Config);
            bool replacesHead = start == TrainingStart.PackagedWeights;
            weights = PretrainedWeights.AdaptHead(loaded, replacesHead, _options, config, training, out note);
            (description, license) = (loaded.Source, loaded.License);
            isHeadTrained = !replacesHead && (_options.HeadIndices is not null || loaded.Config.ClassCount == config.ClassCount);
        }
        if (note.Length > 0) channel.Info(MessageSensitivity.UserData, "{0}", note);
        return (config, weights, description, isHeadTrained, license);

        ConvNeXtConfig ForTraining(ConvNeXtConfig config) => (_options.Recipe?.ApplyTo(config) ?? config) with { ClassCount = label.ClassCount };
    }

    // A seed that is set counts on its rank, and is refused where it differs; otherwise all ranks have that of rank 0.
    private long FindSeed(long set, CheckpointOptions? checkpoints, IRankGroup ranks)
    {
        bool isSet = _options.Seed is not null || set != 0;
        long ofMain = RankTexts.Share(ranks, isSet ? set : ChooseSeed(checkpoints));
        return isSet ? set : ofMain;
    }

    private long ChooseSeed(CheckpointOptions? checkpoints)
    {
        int? ofContext = (_host as IHostEnvironmentInternal)?.Seed;
        if (ofContext is null && checkpoints is { Resume: true } && CheckpointInfo.Find(checkpoints) is { } checkpoint) return checkpoint.Seed;
        return ofContext ?? _host.Rand.Next();
    }

    private sealed record PreparedTraining(
        ConvNeXtConfig Config,
        WeightSet? Weights,
        TrainingOptions Training,
        CheckpointOptions? Checkpoints,
        LabeledImages Images,
        LabeledImages? Validation,
        ConvNeXtTrainingInfo Info,
        TrainingTeacher? Teacher,
        bool IsHeadTrained,
        string? WeightsLicense);
}
