using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>The projections of feature maps as a part of a training state: tensors with a prefix of their own beside those of the network.</summary>
internal static class ProjectionState
{
    private const string Prefix = FeatureDistillation.NamePrefix;

    /// <summary>Returns the state with the projections.</summary>
    public static TrainingEngineState Add(TrainingEngineState state, FeatureDistillation features)
    {
        WeightSet values = features.Export(ProjectionPart.Values);
        return state with
        {
            Weights = Join(state.Weights, values),
            FirstMoments = Join(state.FirstMoments, features.Export(ProjectionPart.FirstMoments)),
            SecondMoments = Join(state.SecondMoments, features.Export(ProjectionPart.SecondMoments)),
            Steps = state.Steps.SetItems(values.Tensors.Select(tensor => KeyValuePair.Create(tensor.Name, features.Steps))),
        };
    }

    /// <summary>Returns the state without projections, which is that of the network.</summary>
    public static TrainingEngineState Remove(TrainingEngineState state)
    {
        if (!state.Steps.Keys.Any(IsProjection) && !state.Weights.Tensors.Any(tensor => IsProjection(tensor.Name))) return state;
        return state with
        {
            Weights = OfNetwork(state.Weights),
            FirstMoments = OfNetwork(state.FirstMoments),
            SecondMoments = OfNetwork(state.SecondMoments),
            Steps = state.Steps.RemoveRange(state.Steps.Keys.Where(IsProjection)),
        };
    }

    /// <summary>Copies the projections of a state in; without any, they stay as they are.</summary>
    /// <exception cref="ArgumentException">A projection is missing or has another shape.</exception>
    public static void Import(TrainingEngineState state, FeatureDistillation features)
    {
        if (!state.Steps.Keys.Any(IsProjection)) return;
        WeightSet wanted = features.Export(ProjectionPart.Values);
        foreach (WeightTensor tensor in wanted.Tensors)
        {
            foreach (var given in new[] { state.Weights, state.FirstMoments, state.SecondMoments })
            {
                if (given.TryGet(tensor.Name, out WeightTensor? found) && found.Shape.SequenceEqual(tensor.Shape)) continue;
                throw new ArgumentException($"The state has no tensor '{tensor.Name}' of shape [{string.Join(',', tensor.Shape)}].", nameof(state));
            }
        }

        features.Import(ProjectionPart.Values, state.Weights);
        features.Import(ProjectionPart.FirstMoments, state.FirstMoments);
        features.Import(ProjectionPart.SecondMoments, state.SecondMoments);
        features.ClearGradients();
        features.Steps = state.Steps.GetValueOrDefault(wanted.Tensors[0].Name);
    }

    private static bool IsProjection(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    private static WeightSet Join(WeightSet one, WeightSet other)
    {
        var all = new WeightSet();
        foreach (WeightTensor tensor in one.Tensors.Concat(other.Tensors)) all.Add(tensor);
        return all;
    }

    private static WeightSet OfNetwork(WeightSet weights)
    {
        var kept = new WeightSet();
        foreach (WeightTensor tensor in weights.Tensors.Where(tensor => !IsProjection(tensor.Name))) kept.Add(tensor);
        return kept;
    }
}
