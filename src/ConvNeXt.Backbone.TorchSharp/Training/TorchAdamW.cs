using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Optimization;
using TorchSharp;
using Device = TorchSharp.torch.Device;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Training;

/// <summary>
/// AdamW with the same order of operations as the managed engine and torch.optim.AdamW, on flat tensors: p *= 1 - rate * decay; m = beta1 m + (1 - beta1) g; v
/// = beta2 v + (1 - beta2) g^2; p -= rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
/// </summary>
internal sealed class TorchAdamW : IDisposable
{
    /// <summary>Avoids a division by zero in clipping, as in PyTorch.</summary>
    private const double ClippingEpsilon = 1e-6;

    private readonly FlatLayout _layout;
    private readonly FlatTensor _weights;
    private readonly (double First, double Second) _betas;
    private readonly double _epsilon;

    public TorchAdamW(FlatLayout layout, FlatTensor weights, TrainingEngineSettings settings, Device device)
    {
        (_layout, _weights, _betas, _epsilon) = (layout, weights, (settings.Beta1, settings.Beta2), settings.Epsilon);
        (Gradients, FirstMoments, SecondMoments) = (new FlatTensor(layout, device), new FlatTensor(layout, device), new FlatTensor(layout, device));
    }

    public FlatTensor Gradients { get; }

    public FlatTensor FirstMoments { get; }

    public FlatTensor SecondMoments { get; }

    public long Bytes => Gradients.Bytes + FirstMoments.Bytes + SecondMoments.Bytes;

    /// <summary>Number of updates of each parameter, by name.</summary>
    public ImmutableDictionary<string, long> Steps =>
        _layout.Slots.ToImmutableDictionary(slot => slot.Name, slot => slot.Steps, StringComparer.Ordinal);

    /// <summary>Sets the number of updates of each parameter; all parameters are required.</summary>
    public void SetSteps(IReadOnlyDictionary<string, long> steps)
    {
        foreach (var slot in _layout.Slots) slot.Steps = steps[slot.Name];
    }

    /// <summary>Adds the gradients of the parameters that are not frozen. If that fails, as where memory runs out, none are added.</summary>
    /// <param name="gradients">Gradients in the order of the layout.</param>
    public void Add(IEnumerable<Tensor> gradients)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var next = gradients.GetEnumerator();
        var runs = new List<(long Start, long Length, Tensor Values)>();
        var pieces = new List<Tensor>();
        long start = 0, end = 0;
        foreach (var slot in _layout.Slots.Where(slot => !slot.Frozen))
        {
            if (slot.Offset != end)
            {
                JoinPieces();
                start = slot.Offset;
            }

            next.MoveNext();
            pieces.Add(next.Current.to(torch.ScalarType.Float32).reshape(-1));
            end = slot.Offset + slot.Size;
        }

        JoinPieces();

        // Nothing below takes device memory.
        foreach (var (first, length, values) in runs) Gradients.Values.narrow(0, first, length).add_(values);

        void JoinPieces()
        {
            if (pieces.Count > 0) runs.Add((start, end - start, torch.cat(pieces)));
            pieces.Clear();
        }
    }

    /// <summary>Sums the accumulated gradients over the ranks. Those on a GPU travel through the memory of the host.</summary>
    public unsafe void Exchange(IGradientExchange exchange)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Tensor host = Gradients.Values.cpu(); // the same memory on a CPU
        fixed (byte* values = host.bytes)
        {
            exchange.Begin((float*)values, host.numel());
            exchange.Complete();
        }

        if (Gradients.Values.device.type != DeviceType.CPU) Gradients.Values.copy_(host);
    }

    /// <summary>Clears the accumulated gradients.</summary>
    public void Clear()
    {
        using var scope = torch.NewDisposeScope();
        Gradients.Values.zero_();
    }

    /// <summary>Clears the accumulated gradients of frozen parameters.</summary>
    public void ClearFrozen()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var slot in _layout.Slots.Where(slot => slot.Frozen)) Gradients.Values.narrow(0, slot.Offset, slot.Size).zero_();
    }

    /// <summary>Performs one step with the accumulated gradients and clears them.</summary>
    /// <param name="options">Learning rate and clipping.</param>
    /// <param name="applied">Whether the weights were changed.</param>
    /// <returns>The norm of the gradients if clipping is requested; otherwise null.</returns>
    public double? Step(OptimizerStep options, out bool applied)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        double? norm = null;
        if (options.MaxGradientNorm is { } limit)
        {
            norm = Math.Sqrt(Gradients.Values.square().sum().item<float>());
            double factor = Math.Min(limit / (norm.Value + ClippingEpsilon), 1);
            if (factor < 1) Multiply(Gradients.Values, factor);
        }

        applied = norm is not { } measured || double.IsFinite(measured);
        if (applied)
        {
            foreach (var run in _layout.TrainedRuns()) Update(run, options.LearningRate * run.Rule.LearningRateScale);
            foreach (var slot in _layout.Slots.Where(slot => !slot.Frozen)) slot.Steps++;
        }

        Gradients.Values.zero_();
        return norm;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Gradients.Dispose();
        FirstMoments.Dispose();
        SecondMoments.Dispose();
    }

    private void Update(ParameterRun run, double rate)
    {
        using var scope = torch.NewDisposeScope();
        var (beta1, beta2) = _betas;
        Tensor p = Piece(_weights), g = Piece(Gradients), m = Piece(FirstMoments), v = Piece(SecondMoments);
        if (run.Rule.WeightDecay != 0) Multiply(p, 1 - (rate * run.Rule.WeightDecay));
        Multiply(m, beta1);
        using (Scalar rest = 1 - beta1) m.add_(g, rest);
        Multiply(v, beta2);
        using (Scalar rest = 1 - beta2) v.addcmul_(g, g, rest);
        Tensor root = v.sqrt();
        Multiply(root, 1 / Math.Sqrt(1 - Math.Pow(beta2, run.Steps + 1)));
        using (Scalar epsilon = _epsilon) root.add_(epsilon);
        using Scalar stride = -rate / (1 - Math.Pow(beta1, run.Steps + 1));
        p.addcdiv_(m, root, stride);

        Tensor Piece(FlatTensor flat) => flat.Values.narrow(0, run.Offset, run.Size);
    }

    private static void Multiply(Tensor tensor, double factor)
    {
        using Scalar scalar = factor;
        tensor.mul_(scalar);
    }
}
