using TorchSharp.Tensors;

namespace TorchSharp.Autograd;

/// <summary>Computes the gradients of an operation's inputs, in their order, from the gradient of its result; null where an input has none.</summary>
internal delegate TensorImpl?[] GradientFunction(TensorImpl gradient);

/// <summary>Where the gradient of an input goes: to the operation that made it, to a leaf, or nowhere; and the shape and type it has to have there.</summary>
internal readonly record struct Edge(Node? Maker, TensorImpl? Leaf, long[] Shape, torch.ScalarType Type)
{
    public bool WantsGradient => Maker is not null || Leaf is not null;

    // A result may be written in place later and have another maker then; what counts is its maker now.
    public static Edge To(TensorImpl input) => new(input.Maker, input is { Maker: null, IsTrainable: true } ? input : null, input.Shape, input.Type);
}

/// <summary>One recorded operation.</summary>
internal sealed class Node(string name, Edge[] inputs, GradientFunction gradient)
{
    private GradientFunction? _gradient = gradient;

    public IReadOnlyList<Edge> Inputs => inputs;

    public TensorImpl?[] Gradients(TensorImpl result) => (_gradient ?? throw TorchError.Of(
        $"a second backward pass through '{name}': what the first one needed is freed; compute the result again"))(result);

    public void Free() => _gradient = null;
}
