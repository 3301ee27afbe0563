using System.Collections.Immutable;
using System.Text.Json;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Pretraining.Training;

/// <summary>A checkpoint as one safetensors file: the engine's state, the projections' and, as JSON, where the run is.</summary>
internal static class RunCheckpoint
{
    private const string StateKey = "pretraining.state", StepsKey = "pretraining.steps";

    private static readonly (ProjectionPart Part, string Prefix)[] _projections =
    [
        (ProjectionPart.Values, "projection.values."), (ProjectionPart.FirstMoments, "projection.first."), (ProjectionPart.SecondMoments, "projection.second."),
    ];

    public static void Write(string file, RunState run, ManagedTrainingEngine engine, FeatureDistillation distillation)
    {
        var state = engine.ExportState();
        var all = new WeightSet();
        Add("weights.", state.Weights);
        Add("first.", state.FirstMoments);
        Add("second.", state.SecondMoments);
        Add("average.", state.Average!);
        foreach (var (part, prefix) in _projections) Add(prefix, distillation.Export(part));
        run.ProjectionSteps = distillation.Steps;
        SafetensorsWriter.Write(file, all, new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(run), [StepsKey] = JsonSerializer.Serialize(state.Steps) });

        void Add(string prefix, WeightSet set)
        {
            foreach (var tensor in set.Tensors) all.Add(tensor with { Name = prefix + tensor.Name });
        }
    }

    public static RunState Read(string file, ManagedTrainingEngine engine, FeatureDistillation distillation)
    {
        var all = SafetensorsReader.Read(file, out var metadata);
        engine.ImportState(new TrainingEngineState
        {
            Weights = Pick("weights."),
            FirstMoments = Pick("first."),
            SecondMoments = Pick("second."),
            Average = Pick("average."),
            Steps = JsonSerializer.Deserialize<Dictionary<string, long>>(metadata[StepsKey])!.ToImmutableDictionary(StringComparer.Ordinal),
        });
        foreach (var (part, prefix) in _projections) distillation.Import(part, Pick(prefix));
        var run = JsonSerializer.Deserialize<RunState>(metadata[StateKey])!;
        distillation.Steps = run.ProjectionSteps;
        return run;

        WeightSet Pick(string prefix)
        {
            var picked = new WeightSet();
            foreach (var tensor in all.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))) picked.Add(tensor with { Name = tensor.Name[prefix.Length..] });
            return picked;
        }
    }
}
