using TorchSharp.Autograd;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>Several tensors side by side, recorded.</summary>
internal static class Joining
{
    public static TensorImpl Concatenate(TensorImpl[] tensors, long dim)
    {
        TorchError.Unless(tensors.Length > 0 && tensors[0].Rank > 0, "cat: there are no tensors, or they have no dimensions");
        TensorImpl first = tensors[0];
        int along = Shapes.Dimension(dim, first.Rank);
        foreach (TensorImpl other in tensors)
            TorchError.Unless(other.Type == first.Type && other.Rank == first.Rank && other.Shape.Index().All(size => size.Index == along || size.Item == first.Shape[size.Index]),
                $"cat: tensors have one type, and one shape but for dimension {along}; got {Shapes.Format(first.Shape)} {first.Type} and {Shapes.Format(other.Shape)} {other.Type}");
        long[] shape = [.. first.Shape];
        shape[along] = tensors.Sum(t => t.Shape[along]);
        long[] starts = new long[tensors.Length];
        for (int i = 1; i < starts.Length; i++) starts[i] = starts[i - 1] + tensors[i - 1].Shape[along];
        long[] lengths = [.. tensors.Select(t => t.Shape[along])];
        TensorImpl result = TensorImpl.Allocate(shape, first.Type);
        for (int i = 0; i < tensors.Length; i++) Elements.Copy(tensors[i], Views.Narrow(result, along, starts[i], lengths[i]));
        return Recorder.Record(result, "cat", tensors, g => [.. starts.Select((start, i) => Views.Narrow(g, along, start, lengths[i]))]);
    }
}
