using TorchSharp.Autograd;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>Several tensors side by side, recorded.</summary>
internal static class Joining
{
    public static TensorImpl Stack(TensorImpl[] tensors, long dim)
    {
        TorchError.Unless(tensors.Length > 0, "stack: there are no tensors");
        TensorImpl first = tensors[0];
        int along = Shapes.Dimension(dim, first.Rank + 1);
        foreach (TensorImpl other in tensors)
            TorchError.Unless(other.Type == first.Type && other.Shape.AsSpan().SequenceEqual(first.Shape),
                $"stack: tensors have one shape and type, got {Shapes.Format(first.Shape)} {first.Type} and {Shapes.Format(other.Shape)} {other.Type}");
        TensorImpl result = TensorImpl.Allocate([.. first.Shape[..along], tensors.Length, .. first.Shape[along..]], first.Type);
        for (int i = 0; i < tensors.Length; i++) Elements.Copy(tensors[i], Views.Select(result, along, i));
        return Recorder.Record(result, "stack", tensors, g => [.. Enumerable.Range(0, tensors.Length).Select(i => Views.Select(g, along, i))]);
    }
}
