using ConvNeXt.Backbone.Kernels.Memory;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>
/// The weights of a linear layer as 8-bit integers: W[o, i] is about <c>Scales[o] * q[o, i]</c>, with q from -127 to 127 and the scale of an output such that its
/// largest weight becomes 127. All arrays over outputs are padded with zeros to whole panels.
/// </summary>
internal unsafe struct QuantizedWeights
{
    /// <summary>q, as <see cref="QuantizedPanels"/>.</summary>
    public int* Panels;

    /// <summary>Scale of each output.</summary>
    public float* Scales;

    /// <summary>Scale times the sum of q over the inputs, for each output.</summary>
    public float* ScaledSums;

    /// <summary>Sum of q over the inputs, for each output.</summary>
    public int* Sums;

    /// <summary>Columns of W.</summary>
    public int Inputs;

    /// <summary>Rows of W.</summary>
    public int Outputs;

    /// <summary>Whether there are weights.</summary>
    public readonly bool IsEmpty => Panels == null;
}

/// <summary>Where the arrays of a layer's <see cref="QuantizedWeights"/> are in an arena.</summary>
internal readonly record struct QuantizedPlan(int Inputs, int Outputs, long Panels, long Scales, long ScaledSums, long Sums)
{
    /// <summary>Plans the memory of a layer.</summary>
    public static QuantizedPlan Add<TDot>(ArenaPlan plan, int inputs, int outputs) where TDot : unmanaged, IDotLanes<TDot>
    {
        long padded = QuantizedPanels.Count<TDot>(outputs) * (long)QuantizedPanels.Width<TDot>();
        return new QuantizedPlan(
            inputs, outputs, plan.Add(padded * QuantizedPanels.Steps<TDot>(inputs)), plan.Add(padded), plan.Add(padded), plan.Add(padded));
    }

    /// <summary>The arrays, in an arena of the plan.</summary>
    public unsafe QuantizedWeights In(NativeArena arena) => new()
    {
        Panels = (int*)arena.At(Panels),
        Scales = arena.At(Scales),
        ScaledSums = arena.At(ScaledSums),
        Sums = (int*)arena.At(Sums),
        Inputs = Inputs,
        Outputs = Outputs,
    };
}
