using System.Collections.Immutable;
using System.Numerics.Tensors;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// Trains only the classifier, on precomputed features: the loop passes features, [count, FeatureCount], in place of images. logits = x W^T + b, followed by
/// cross-entropy and AdamW as in a full engine; all other weights are unchanged and exported as given. Single-threaded: an image costs two products with W.
/// </summary>
internal sealed class HeadTrainingEngine : ITrainingEngine
{
    private const string WeightName = "head.weight", BiasName = "head.bias";
    private const double ClippingEpsilon = 1e-6;

    private readonly TrainingPlan _plan;
    private readonly TrainingEngineSettings _settings;
    private readonly WeightSet _weights;
    private readonly HeadPart[] _parts;
    private readonly float[] _dLogits;
    private readonly int _features;
    private readonly int _classes;

    /// <summary>Copies the head from the weights in the settings.</summary>
    /// <param name="settings">Settings as for an engine of the whole network.</param>
    internal HeadTrainingEngine(TrainingEngineSettings settings)
    {
        _plan = new TrainingPlan(settings);
        (_settings, _weights) = (settings, settings.Weights);
        (_features, _classes) = (settings.Config.FeatureCount, settings.Config.ClassCount);
        _parts = [.. new[] { WeightName, BiasName }.Select(name => new HeadPart(settings.Weights[name], settings.Rules[name], settings.AverageDecay is not null))];
        _dLogits = new float[checked(settings.BatchSize * _classes)];
    }

    public ConvNeXtConfig Config => _settings.Config;

    public long WorkspaceBytes => sizeof(float) * (_dLogits.LongLength + _parts.Sum(part => (_settings.AverageDecay is null ? 4L : 5L) * part.Values.Length));

    public unsafe double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null)
    {
        checkAlive?.Invoke();
        int count = batch.Count;
        float[] logits = batch.Logits ?? new float[count * _classes];
        Score(batch.Images, count, _parts[0].Values, _parts[1].Values, logits);
        double loss;
        fixed (float* source = logits, destination = _dLogits)
            loss = (batch.Objective ?? CrossEntropyObjective.Instance).AtLogits(source, batch, BatchPart.Whole(batch), _classes, destination);
        for (int image = 0; image < count; image++)
        {
            ReadOnlySpan<float> x = batch.Images.AsSpan(image * _features, _features);
            for (int label = 0; label < _classes; label++)
            {
                float gradient = _dLogits[(image * _classes) + label];
                Span<float> row = _parts[0].Gradients.AsSpan(label * _features, _features);
                TensorPrimitives.MultiplyAdd(x, gradient, row, row);
                _parts[1].Gradients[label] += gradient;
            }
        }
        return loss;
    }

    public double? ApplyGradients(OptimizerStep step)
    {
        ExchangeGradients();
        double? norm = null;
        float scale = 1;
        if (step.MaxGradientNorm is { } limit)
        {
            double sum = 0;
            foreach (HeadPart part in _parts.Where(part => !part.IsFrozen))
                foreach (float gradient in part.Gradients) sum += (double)gradient * gradient;
            norm = Math.Sqrt(sum);
            scale = (float)Math.Min(limit / (norm.Value + ClippingEpsilon), 1);
        }
        bool applied = norm is not { } measured || double.IsFinite(measured);
        foreach (HeadPart part in _parts)
        {
            if (applied) part.Step(_settings, step.LearningRate, scale);
            else part.Gradients.AsSpan().Clear();
        }
        return norm;
    }

    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false) =>
        Score(images, count, _parts[0].Current(average), _parts[1].Current(average), logits);

    public WeightSet ExportWeights(bool average = false) => Export(part => part.Current(average), tensor => tensor.Values);

    public void ExportWeights(WeightSet destination, bool average = false)
    {
        foreach (WeightTensor tensor in _weights.Tensors)
            (PartOf(tensor)?.Current(average) ?? tensor.Values).CopyTo(destination[tensor.Name].Values.AsSpan());
    }

    public WeightSet ExportGradients() => Export(part => part.Gradients, Zeros);

    public void ImportWeights(WeightSet weights)
    {
        WeightCheck.Require(Config, weights);
        foreach (HeadPart part in _parts) weights[part.Name].Values.CopyTo(part.Values.AsSpan());
    }

    public TrainingEngineState ExportState() => new()
    {
        Weights = ExportWeights(),
        FirstMoments = Export(part => part.FirstMoments, Zeros),
        SecondMoments = Export(part => part.SecondMoments, Zeros),
        Average = _settings.AverageDecay is null ? null : ExportWeights(average: true),
        Steps = _weights.Tensors.ToImmutableDictionary(tensor => tensor.Name, tensor => PartOf(tensor)?.Steps ?? 0, StringComparer.Ordinal),
    };

    public void ImportState(TrainingEngineState state)
    {
        _plan.Check(state);
        WeightTensor? other = state.Weights.Tensors.FirstOrDefault(tensor => PartOf(tensor) is null && !tensor.Values.AsSpan().SequenceEqual(_weights[tensor.Name].Values));
        if (other is not null)
        {
            throw new ArgumentException(
                $"The state has a different backbone from the one that computed the features: '{other.Name}' differs. "
                + "A linear probe can only resume from a linear probe of the same weights.",
                nameof(state));
        }
        ImportWeights(state.Weights);
        foreach (HeadPart part in _parts) part.Import(state);
    }

    public void SetFrozen(IReadOnlySet<string> parameters)
    {
        foreach (HeadPart part in _parts) part.IsFrozen = parameters.Contains(part.Name);
    }

    public void Dispose()
    {
        // Managed memory only.
    }

    private void Score(ReadOnlySpan<float> features, int count, float[] weight, float[] bias, Span<float> logits)
    {
        for (int image = 0; image < count; image++)
        {
            ReadOnlySpan<float> x = features.Slice(image * _features, _features);
            for (int label = 0; label < _classes; label++)
                logits[(image * _classes) + label] = TensorPrimitives.Dot(x, weight.AsSpan(label * _features, _features)) + bias[label];
        }
    }

    private unsafe void ExchangeGradients()
    {
        if (_settings.Exchange is not { } exchange) return;
        foreach (HeadPart part in _parts)
        {
            fixed (float* gradients = part.Gradients)
            {
                exchange.Begin(gradients, part.Gradients.Length);
                exchange.Complete();
            }
        }
    }

    private HeadPart? PartOf(WeightTensor tensor) => Array.Find(_parts, part => part.Name == tensor.Name);

    private WeightSet Export(Func<HeadPart, float[]> ofPart, Func<WeightTensor, float[]> ofOther)
    {
        var weights = new WeightSet();
        foreach (WeightTensor tensor in _weights.Tensors) weights.Add(tensor with { Values = [.. PartOf(tensor) is { } part ? ofPart(part) : ofOther(tensor)] });
        return weights;
    }

    private static float[] Zeros(WeightTensor tensor) => new float[tensor.Values.Length];
}
