using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp.Autograd;

/// <summary>Walks the recorded operations from a result back to the leaves, each once, after all that its result went into.</summary>
internal static class BackwardPass
{
    public static void Run(TensorImpl result, TensorImpl gradient)
    {
        TorchError.Unless(result.RequiresGrad, "backward: the tensor does not require gradients and was not computed from one that does");
        if (result.Maker is not { } last)
        {
            Accumulate(result, gradient);
            return;
        }
        Dictionary<Node, int> uses = CountUses(last);
        var gradients = new Dictionary<Node, TensorImpl> { [last] = gradient };
        var ready = new Stack<Node>([last]);
        while (ready.TryPop(out Node? node))
        {
            gradients.Remove(node, out TensorImpl? arrived);
            // An operation none of whose uses had a gradient still releases what lies behind it.
            TensorImpl?[] parts = arrived is null ? new TensorImpl?[node.Inputs.Count] : node.Gradients(arrived);
            node.Free();
            for (int i = 0; i < parts.Length; i++)
            {
                Edge edge = node.Inputs[i];
                if (!edge.WantsGradient) continue;
                if (parts[i] is { } part)
                {
                    part = Elements.Cast(Reduction.SumTo(part, edge.Shape), edge.Type);
                    if (edge.Leaf is { } leaf) Accumulate(leaf, part);
                    else gradients[edge.Maker!] = gradients.TryGetValue(edge.Maker!, out TensorImpl? sum) ? Elementwise.Zip<Add>(sum, part) : part;
                }
                if (edge.Maker is { } maker && --uses[maker] == 0) ready.Push(maker);
            }
        }
    }

    private static Dictionary<Node, int> CountUses(Node last)
    {
        var uses = new Dictionary<Node, int> { [last] = 0 };
        var open = new Stack<Node>([last]);
        while (open.TryPop(out Node? node))
        {
            foreach (Edge edge in node.Inputs)
            {
                if (edge.Maker is not { } maker) continue;
                if (!uses.TryAdd(maker, 1)) uses[maker]++;
                else open.Push(maker);
            }
        }
        return uses;
    }

    /// <summary>Gradients of a leaf add up until they are cleared, in the tensor that holds them.</summary>
    private static void Accumulate(TensorImpl leaf, TensorImpl part)
    {
        if (leaf.Grad is null)
        {
            leaf.Grad = TensorImpl.Allocate(leaf.Shape, leaf.Type);
            Elements.Copy(part, leaf.Grad);
            return;
        }
        Elements.Copy(Elementwise.Zip<Add>(leaf.Grad, part), leaf.Grad);
        leaf.Grad.Storage.MarkWritten();
    }
}
