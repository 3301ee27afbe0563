using TorchSharp.Tensors;

namespace TorchSharp.Autograd;

/// <summary>Notes how a result was computed, where this thread records and an input wants a gradient.</summary>
internal static class Recorder
{
    public static TensorImpl Record(TensorImpl result, string name, ReadOnlySpan<TensorImpl?> inputs, GradientFunction gradient)
    {
        if (!GradientMode.IsRecording) return result;
        bool wanted = false;
        foreach (TensorImpl? input in inputs) wanted |= input is { RequiresGrad: true };
        if (!wanted) return result;
        var edges = new Edge[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } input) continue;
            TorchError.Unless(!input.IsInference, $"'{name}' is recorded, but one of its inputs was made in inference mode; clone it outside first");
            edges[i] = Edge.To(input);
        }
        result.Maker = new Node(name, edges, gradient);
        if (result.IsView) result.Storage.HasRecordedView = true;
        return result;
    }
}
