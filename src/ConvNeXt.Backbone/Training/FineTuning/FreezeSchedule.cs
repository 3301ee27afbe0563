using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Layers;
namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// Which layers are trained in an epoch: what lies behind the last stage alone at first (norm and head), then everything, or from the last stage back one more stage
/// every few epochs ("Universal Language Model Fine-tuning for Text Classification", Howard and Ruder 2018, section 3.3, calls it gradual unfreezing). A stage
/// comes with the downsampling before it, the first with the stem.
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

    /// <summary>The schedule that the options ask for; null where nothing is ever frozen.</summary>
    internal static FreezeSchedule? Create(ConvNeXtConfig config, TrainingOptions options) =>
        options.FreezeBackboneEpochs == 0 ? null : new FreezeSchedule(config, options);

    /// <summary>The first stage that is trained in an epoch, counted from 0; the number of stages where none is.</summary>
    internal int FirstTrainedStage(int epoch)
    {
        if (epoch < _frozenEpochs) return _stages;
        return _epochsPerStage == 0 ? 0 : Math.Max(0, _stages - 1 - ((epoch - _frozenEpochs) / _epochsPerStage));
    }

    /// <summary>Freezes and unfreezes for an epoch; to be called before its steps, however the run came there.</summary>
    internal void Apply(ITrainingEngine engine, int epoch)
    {
        int first = FirstTrainedStage(epoch);
        if (first == _applied) return;
        engine.SetFrozen(_parameters.Where(parameter => parameter.Stage < first).Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal));
        _applied = first;
    }
}
