using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// Which layers are trained in an epoch: at first only those after the last stage (norm and head), then either everything, or from the last stage backward one
/// more stage every few epochs (gradual unfreezing, "Universal Language Model Fine-tuning for Text Classification", Howard and Ruder 2018, section 3.3). A
/// stage includes the downsampling layer before it, the first stage the stem.
/// </summary>
internal sealed class FreezeSchedule
{
    private readonly (string Name, int Stage)[] _parameters;
    private readonly int _stages;
    private readonly int _frozenEpochs;
    private readonly int _epochsPerStage;
    private int? _applied;

    private FreezeSchedule(ConvNeXtConfig config, TrainingOptions options)
    {
        _parameters = [.. ParameterTable.Of(config).Select(parameter => (parameter.Name, LayerPosition.Of(parameter.Name).Stage))];
        (_stages, _frozenEpochs, _epochsPerStage) = (config.Depths.Length, options.FreezeBackboneEpochs, options.UnfreezeStageEveryEpochs);
    }

    /// <summary>Creates the schedule that the options specify; null if nothing is ever frozen.</summary>
    internal static FreezeSchedule? Create(ConvNeXtConfig config, TrainingOptions options) =>
        options.FreezeBackboneEpochs == 0 ? null : new FreezeSchedule(config, options);

    /// <summary>The first stage that is trained in an epoch, counted from 0; the number of stages if no stage is trained.</summary>
    internal int FirstTrainedStage(int epoch)
    {
        if (epoch < _frozenEpochs) return _stages;
        return _epochsPerStage == 0 ? 0 : Math.Max(0, _stages - 1 - ((epoch - _frozenEpochs) / _epochsPerStage));
    }

    /// <summary>Freezes and unfreezes layers for an epoch. Call before its steps, also after a resume.</summary>
    internal void Apply(ITrainingEngine engine, int epoch)
    {
        int first = FirstTrainedStage(epoch);
        if (first == _applied) return;
        engine.SetFrozen(_parameters.Where(parameter => parameter.Stage < first).Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal));
        _applied = first;
    }
}
