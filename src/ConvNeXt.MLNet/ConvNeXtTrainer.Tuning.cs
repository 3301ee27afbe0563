using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Trials;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet;

/// <content>The search for better settings.</content>
public sealed partial class ConvNeXtTrainer
{
    /// <summary>
    /// Searches for settings that fit the data better than the default ones, and trains a model with them. The default settings are the recipe and the options
    /// of this trainer; they are kept unless others are clearly better. The log loss on images that a trial was not trained on decides, over several divisions
    /// of the images; how good the result is, is measured on images that decided nothing.
    /// </summary>
    /// <param name="input">The labeled images, as for <see cref="Fit"/>.</param>
    /// <param name="tuning">How long and where to search.</param>
    /// <returns>The settings that were found, what they reach, and the model. If <see cref="Options.CancellationToken"/> is canceled, the best settings so far,
    /// without a model.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or <see cref="Options.MaxTrainingTime"/> is set, which is the time of one training;
    /// the time of a search is <see cref="TuningOptions.TimeLimit"/>, or <see cref="Options.Distributed"/> is set.</exception>
    /// <exception cref="InvalidOperationException">No trial could be trained, or the journal in <see cref="TuningOptions.Folder"/> is of another search or is
    /// not to be continued.</exception>
    /// <exception cref="InvalidDataException">The journal is damaged.</exception>
    /// <remarks>
    /// Throws the same exceptions as <see cref="Fit"/>. With fewer than ten images of a class, or too little time, nothing is searched, and the result is the
    /// default settings with a note. <see cref="Options.Checkpoints"/>, <see cref="Options.MetricsFile"/>, callbacks and early stopping do not apply to trials.
    /// </remarks>
    public TuningResult Tune(IDataView input, TuningOptions tuning)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(tuning);
        tuning.Validate();
        if ((_options.MaxTrainingTime ?? _recipe.Training.MaxTrainingTime) is not null)
        {
            throw new ArgumentException(
                $"{nameof(Options.MaxTrainingTime)} limits one training. Leave it out; {nameof(TuningOptions.TimeLimit)} is for the whole search.",
                nameof(tuning));
        }
        if (_options.Distributed is not null)
            throw new ArgumentException($"{nameof(Options.Distributed)} is for {nameof(Fit)}; a search trains in one process. Leave it out.", nameof(tuning));
        Options options = _options.Copy();
        (options.EarlyStoppingPatience, options.ValidationSetFraction) = (null, null);
        (options.MetricsFile, options.Checkpoints, options.MetricsCallback, options.ProgressCallback) = (null, null, null, null);
        // A recipe that is not set stays so: the network's own stochastic depth and the image size of an initial model then count.
        if (_options.Recipe is not null) options.Recipe = WithoutReports(_recipe);
        return new ConvNeXtTrainer(_env, options).Search(input, tuning);
    }

    private static Recipe WithoutReports(Recipe recipe) =>
        recipe.With(training => training with { MetricsFile = null, EarlyStoppingPatience = null, CalibrateTemperature = false });

    private TuningResult Search(IDataView input, TuningOptions tuning)
    {
        DataViewSchema.Column image = ImageColumn.Find(input.Schema, _options.ImageColumnName);
        LabelColumn label = LabelColumn.Find(input, _options.LabelColumnName, _host.CheckAlive);
        using IChannel channel = _host.Start("Tuning");
        string temporary = (_host as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath();
        using var stores = new ImageStores(temporary, _options.DecodingToUse, CreateWarn(channel));
        PreparedTraining prepared = WithReadableImages(Prepare(input, label, image, stores, channel), channel);
        TunedRecipe recipe = CreateTunedRecipe(prepared);
        var start = new TrialStart(
            prepared.Config, prepared.Weights, prepared.Teacher, _engine, recipe,
            changed => CreateTrialOptions(prepared, changed));
        var search = new TuningSearch(tuning, start, prepared.Images, prepared.Validation, prepared.Training.Seed)
        {
            IsHeadNew = prepared.Weights is not null && !prepared.IsHeadTrained,
            FindDuration = () => EstimateDuration(prepared),
            CreateOptions = CreateTunedOptions,
            Train = settings => new ConvNeXtTrainer(_env, settings).Fit(input),
            CheckAlive = _host.CheckAlive,
            Cancellation = _options.CancellationToken,
        };
        TuningResult result = search.Run();
        foreach (string note in result.Notes) channel.Warning(MessageSensitivity.None, "{0}", note);
        return result;

        Options CreateTunedOptions(TunedRecipe changed) => CreateTrainerOptions(changed, prepared.Training.Seed);
    }

    /// <summary>
    /// The time of one training: the shortest of a few estimates, because the first is slow where code is still compiled, and each where others use the
    /// machine. Estimates are for images of the size for scoring.
    /// </summary>
    private TimeSpan EstimateDuration(PreparedTraining prepared)
    {
        const int Estimates = 3;
        double ofScoringSize = (double)prepared.Training.TrainingPreprocessing.Length / prepared.Training.Preprocessing.Length;
        return Enumerable.Range(0, Estimates).Min(_ => Estimate(prepared).Duration) * ofScoringSize;
    }

    /// <summary>Reads all images once and leaves out those that cannot be read, if the options say so; then all trials have the same images.</summary>
    private PreparedTraining WithReadableImages(PreparedTraining prepared, IChannel channel)
    {
        if (!prepared.Training.SkipUnreadableImages) return prepared;
        return prepared with
        {
            Training = prepared.Training with { SkipUnreadableImages = false },
            Images = FindReadable(prepared.Images),
            Validation = prepared.Validation is { } validation ? FindReadable(validation) : null,
        };

        LabeledImages FindReadable(LabeledImages images)
        {
            var set = new ImageSet(images, prepared.Config.ClassCount, isValidation: false, mayLackLabels: prepared.Teacher is not null);
            set.LeaveOutUnreadable(Math.Max(1, Environment.ProcessorCount / 2), RunRanks.Alone(_host.CheckAlive));
            foreach (UnreadableImage image in set.Unreadable)
                channel.Warning(MessageSensitivity.UserData, "{0} is left out: {1}", image.Description, image.Reason);
            return set.Unreadable.IsEmpty ? images : images.Select([.. set.Items]);
        }
    }

    /// <summary>The default settings as a recipe that needs no other options: with all values of the options, the weights and the network.</summary>
    private static TunedRecipe CreateTunedRecipe(PreparedTraining prepared) => new(new Recipe
    {
        Name = prepared.Info.Recipe,
        Training = prepared.Training with { ClassNames = null },
        DropPathRate = prepared.Config.DropPathRate,
        LayerScaleInit = prepared.Config.LayerScaleInit ?? 1e-6f,
    });

    /// <summary>The options of a trainer with a tuned recipe. Options that change single values of a recipe are in the recipe already.</summary>
    private Options CreateTrainerOptions(TunedRecipe tuned, long seed)
    {
        Options options = TunedOptions.WithRecipe(_options, tuned);
        options.Seed = seed;
        (options.ValidationSet, options.ValidationSetFraction) = (null, null);
        options.SkipUnreadableImages ??= _recipe.Training.SkipUnreadableImages;
        return options;
    }

    private TrainingOptions CreateTrialOptions(PreparedTraining prepared, TunedRecipe tuned)
    {
        Options options = CreateTrainerOptions(tuned, prepared.Training.Seed);
        options.SkipUnreadableImages = false; // those are left out already
        return FitToStart(OptionOverrides.Apply(options, tuned.Recipe), prepared.Weights, prepared.IsHeadTrained);
    }
}
