using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>The batch and image sizes a training engine was created for, and the argument checks that all engines share.</summary>
internal sealed class TrainingPlan
{
    private readonly ConvNeXtConfig _config;
    private readonly int _batchSize;
    private readonly int _height;
    private readonly int _width;
    private readonly bool _average;

    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    /// <exception cref="WeightMismatchException">The weights do not fit the network.</exception>
    public TrainingPlan(TrainingEngineSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        // Copied, because a reference to the settings would keep the initial weights alive.
        (_config, _batchSize, _height, _width) = (settings.Config, settings.BatchSize, settings.Height, settings.Width);
        _average = settings.AverageDecay is not null;
        int smallest = FeatureShape.SmallestSide(_config);
        ArgumentOutOfRangeException.ThrowIfLessThan(_batchSize, 1, nameof(settings.BatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(_height, smallest, nameof(settings.Height));
        ArgumentOutOfRangeException.ThrowIfLessThan(_width, smallest, nameof(settings.Width));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Threads, nameof(settings.Threads));
        if (settings.AverageDecay is { } decay && !(decay is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(settings), decay, $"{nameof(settings.AverageDecay)} must be at least 0 and below 1.");
        WeightCheck.Require(_config, settings.Weights);
    }

    /// <summary>Checks a batch.</summary>
    /// <exception cref="ArgumentException">The batch is larger than planned, or one of its arrays is too short.</exception>
    public void Check(TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count < 1 || batch.Count > _batchSize)
            throw new ArgumentException($"The batch has {batch.Count} images; the engine was planned for 1 to {_batchSize}.", nameof(batch));
        int smallest = FeatureShape.SmallestSide(_config);
        if (batch.Height < smallest || batch.Width < smallest || batch.Height > _height || batch.Width > _width)
        {
            throw new ArgumentException(
                $"The batch has images of {batch.Height} x {batch.Width}; the engine was planned for {smallest} x {smallest} to {_height} x {_width}.", nameof(batch));
        }

        CheckLength(batch.Images, 3L * batch.Height * batch.Width, nameof(batch.Images));
        CheckLength(batch.Targets, _config.ClassCount, nameof(batch.Targets));
        if (batch.Logits is not null) CheckLength(batch.Logits, _config.ClassCount, nameof(batch.Logits));
        if (batch.DropPathDraws is not null) CheckLength(batch.DropPathDraws, _config.Depths.Sum(), nameof(batch.DropPathDraws));

        void CheckLength(float[] values, long each, string name)
        {
            if (values.LongLength < each * batch.Count)
                throw new ArgumentException($"{name} of {batch.Count} images takes {each * batch.Count} values, {each} each, but the array has {values.LongLength}.", nameof(batch));
        }
    }

    /// <summary>Checks the settings of a step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite, or the maximum norm is not above 0.</exception>
    public static void Check(OptimizerStep step)
    {
        if (!(step.LearningRate >= 0 && double.IsFinite(step.LearningRate)))
            throw new ArgumentOutOfRangeException(nameof(step), step.LearningRate, $"{nameof(step.LearningRate)} must be at least 0 and finite.");
        if (step.MaxGradientNorm is { } limit && !(limit > 0))
            throw new ArgumentOutOfRangeException(nameof(step), limit, $"{nameof(step.MaxGradientNorm)} must be above 0.");
    }

    /// <summary>Checks a state.</summary>
    /// <exception cref="WeightMismatchException">A part of the state does not fit the network.</exception>
    /// <exception cref="ArgumentException">The state lacks the step count of a parameter, or only one of the state and the engine has an average.</exception>
    public void Check(TrainingEngineState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Average is null == _average)
        {
            throw new ArgumentException(
                _average
                    ? "The state has no average of the weights, but the engine keeps one."
                    : "The state has an average of the weights, but the engine keeps none.",
                nameof(state));
        }

        foreach (var weights in new[] { state.Weights, state.FirstMoments, state.SecondMoments, state.Average })
            if (weights is not null) WeightCheck.Require(_config, weights);
        var wrong = ParameterTable.Of(_config).Select(parameter => parameter.Name).Where(name => !state.Steps.TryGetValue(name, out long count) || count < 0).ToList();
        if (wrong.Count > 0)
            throw new ArgumentException($"The state has no valid step count for {wrong.Count} parameter(s): {string.Join(", ", wrong)}.", nameof(state));
    }

    /// <summary>Checks the names of parameters to freeze.</summary>
    /// <exception cref="ArgumentException">A name is not a parameter of the network; the message lists all such names.</exception>
    public void CheckNames(IReadOnlySet<string> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var unknown = parameters.Except(ParameterTable.Of(_config).Select(parameter => parameter.Name)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new ArgumentException($"Cannot freeze parameters that the network does not have: {string.Join(", ", unknown)}.", nameof(parameters));
    }

    /// <summary>Returns the exception for an average that is requested from an engine without one.</summary>
    public static InvalidOperationException NoAverage() =>
        new($"The engine keeps no average of the weights: it was created without {nameof(TrainingEngineSettings.AverageDecay)}.");
}
