using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp.Autograd;

/// <summary>Walks the recorded operations from results back to the leaves, each once, after all that its result went into.</summary>
internal sealed class BackwardPass
{
    private readonly Dictionary<Node, int> _uses = [];
    private readonly Dictionary<Node, TensorImpl> _gradients = [];
    private readonly Action<TensorImpl, TensorImpl> _atLeaf;
    private readonly Action<Node, TensorImpl> _atNode;
    private readonly bool _retain;

    private BackwardPass(Action<TensorImpl, TensorImpl> atLeaf, Action<Node, TensorImpl> atNode, bool retain) =>
        (_atLeaf, _atNode, _retain) = (atLeaf, atNode, retain);

    /// <summary>Adds to the gradients of all leaves behind a result.</summary>
    public static void Accumulate(TensorImpl result, TensorImpl gradient) =>
        new BackwardPass(AddTo, (_, _) => { }, retain: false).Run([(result, gradient)]);

    /// <summary>The gradients of some tensors alone, leaves or not; null where a result does not depend on one.</summary>
    public static TensorImpl?[] Gradients((TensorImpl Result, TensorImpl Gradient)[] results, TensorImpl[] inputs, bool retain)
    {
        var found = new TensorImpl?[inputs.Length];
        new BackwardPass(
            (leaf, part) => Collect(input => ReferenceEquals(input, leaf), part),
            (node, part) => Collect(input => ReferenceEquals(input.Maker, node), part), retain).Run(results);
        return found;

        void Collect(Predicate<TensorImpl> wanted, TensorImpl part)
        {
            for (int i = 0; i < inputs.Length; i++)
                if (wanted(inputs[i])) found[i] = found[i] is { } sum ? Elementwise.Zip<Add>(sum, part) : part;
        }
    }

    private void Run((TensorImpl Result, TensorImpl Gradient)[] results)
    {
        foreach ((TensorImpl result, _) in results)
        {
            TorchError.Unless(result.RequiresGrad, "backward: the tensor does not require gradients and was not computed from one that does");
            if (result.Maker is { } maker) CountUses(maker);
        }
        foreach ((TensorImpl result, TensorImpl gradient) in results) Arrive(Edge.To(result), gradient);
        var ready = new Stack<Node>(results.Select(r => r.Result.Maker).OfType<Node>().Distinct().Where(node => _uses[node] == 0));
        while (ready.TryPop(out Node? node))
        {
            _gradients.Remove(node, out TensorImpl? arrived);
            if (arrived is not null) _atNode(node, arrived);
            // An operation none of whose uses had a gradient still releases what lies behind it.
            TensorImpl?[] parts = arrived is null ? new TensorImpl?[node.Inputs.Count] : node.Gradients(arrived);
            if (!_retain) node.Free();
            for (int i = 0; i < parts.Length; i++)
            {
                Edge edge = node.Inputs[i];
                if (parts[i] is { } part) Arrive(edge, part);
                if (edge.Maker is { } maker && --_uses[maker] == 0) ready.Push(maker);
            }
        }
    }

    private void Arrive(Edge edge, TensorImpl part)
    {
        if (!edge.WantsGradient) return;
        part = Elements.Cast(Reduction.SumTo(part, edge.Shape), edge.Type);
        if (edge.Leaf is { } leaf) _atLeaf(leaf, part);
        else _gradients[edge.Maker!] = _gradients.TryGetValue(edge.Maker!, out TensorImpl? sum) ? Elementwise.Zip<Add>(sum, part) : part;
    }

    private void CountUses(Node last)
    {
        if (!_uses.TryAdd(last, 0)) return;
        var open = new Stack<Node>([last]);
        while (open.TryPop(out Node? node))
        {
            foreach (Edge edge in node.Inputs)
            {
                if (edge.Maker is not { } maker) continue;
                if (!_uses.TryAdd(maker, 1)) _uses[maker]++;
                else open.Push(maker);
            }
        }
    }

    /// <summary>Gradients of a leaf add up until they are cleared, in the tensor that holds them.</summary>
    private static void AddTo(TensorImpl leaf, TensorImpl part)
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
