using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet;

/// <content>Says before training what it will take.</content>
public sealed partial class ConvNeXtTrainer
{
    /// <summary>While a checkpoint is written, weights, two moments and the best weights are in memory once more.</summary>
    private const int CheckpointCopies = 4;

    /// <summary>
    /// Finds the settings, the memory and the time of a run without running it. The weights are loaded, and two training steps are measured on empty images;
    /// the images of the data are not decoded.
    /// </summary>
    /// <param name="input">The labeled images.</param>
    /// <exception cref="ArgumentOutOfRangeException">As by <see cref="Fit"/>.</exception>
    /// <exception cref="InvalidOperationException">As by <see cref="Fit"/>.</exception>
    public ConvNeXtTrainingPlan Plan(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column image = ImageColumn.Find(input.Schema, _options.ImageColumnName);
        LabelColumn label = LabelColumn.Find(input, _options.LabelColumnName, _host.CheckAlive);
        using IChannel channel = _host.Start("Plan");
        using var stores = new ImageStores((_host as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath(), _options.DecodingToUse);
        return Estimate(Prepare(input, label, image, stores, channel));
    }

    private ConvNeXtTrainingPlan Estimate(PreparedTraining prepared)
    {
        TrainingOptions training = prepared.Training;
        int batch = Math.Min(training.BatchSize, Math.Max(prepared.Images.Count, prepared.Validation?.Count ?? 0)), size = training.Preprocessing.Size;
        using ITrainingEngine engine = _engine.CreateTrainingEngine(new TrainingEngineSettings
        {
            Config = prepared.Config,
            Weights = prepared.Weights ?? WeightInitializer.Create(prepared.Config, training.Seed),
            BatchSize = batch,
            Height = size,
            Width = size,
            Threads = training.ComputeThreads,
            ActivationCheckpointing = training.ActivationCheckpointing,
            Rules = ParameterRules.Create(prepared.Config, training.WeightDecay, training.LayerDecay, training.LayerDecayRule),
            AverageDecay = training.AverageDecay,
        });
        ImagePreprocessing images = training.TrainingPreprocessing;
        TimeSpan step = StepTime.Measure(engine, batch, images.Height, images.Width, TimeProvider.System), score = MeasureScoring(engine, batch, size);
        long kept = NetworkCost.Parameters(prepared.Config) * sizeof(float) * (prepared.Checkpoints is null ? 1 : 1 + CheckpointCopies);
        long memory = engine.WorkspaceBytes + kept + (training with { BatchSize = batch }).DataQueueBytes;
        double batches = Math.Ceiling((double)prepared.Images.Count / batch);
        double validationBatches = Math.Ceiling((double)(prepared.Validation?.Count ?? 0) / batch);
        int epochs = BatchPlan.EpochsOfRun(training, prepared.Images.Count);
        TimeSpan duration = epochs * ((batches * step) + (validationBatches * score));
        if (training.DecideHead(prepared.Images.Count, prepared.Weights is not null).SolveHead) duration += batches * score; // the features that the head is solved on
        if (training.MaxTrainingTime is { } limit && limit < duration) duration = limit;
        return new ConvNeXtTrainingPlan(prepared.Info with { Engine = _engine.Description }, memory, duration);
    }

    /// <summary>The time of scoring a batch, the second of two, because the first one also makes memory and code ready.</summary>
    private static TimeSpan MeasureScoring(ITrainingEngine engine, int batch, int size)
    {
        float[] images = new float[batch * size * size * 3], logits = new float[batch * engine.Config.ClassCount];
        engine.Score(images, batch, size, size, logits);
        var watch = Stopwatch.StartNew();
        engine.Score(images, batch, size, size, logits);
        return watch.Elapsed;
    }
}

/// <summary>What a training run will do and take, from <see cref="ConvNeXtTrainer.Plan"/>.</summary>
/// <param name="Info">The settings of the run.</param>
/// <param name="MemoryBytes">The memory for weights, gradients, optimizer, activations and the queue of images, in bytes; not that of the process before
/// training.</param>
/// <param name="Duration">The estimated time on this machine as busy as it is now, from two measured steps. The time limit if that is shorter.</param>
public sealed record ConvNeXtTrainingPlan(ConvNeXtTrainingInfo Info, long MemoryBytes, TimeSpan Duration);
