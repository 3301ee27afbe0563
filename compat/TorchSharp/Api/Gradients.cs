using TorchSharp.Autograd;
using TorchSharp.Tensors;

namespace TorchSharp;

public static partial class torch
{
    public static class autograd
    {
        /// <summary>The gradients of some inputs alone; nothing is added to the grad of a leaf.</summary>
        public static IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false,
            bool allow_unused = false)
        {
            if (create_graph) throw new NotSupportedException("gradients of gradients are not supported");
            var results = new (TensorImpl, TensorImpl)[outputs.Count];
            for (int i = 0; i < results.Length; i++) results[i] = (outputs[i].Impl, grad_outputs?[i].Impl ?? Tensor.GradientOfNumber(outputs[i].Impl));
            foreach (Tensor input in inputs) TorchError.Unless(input.Impl.RequiresGrad, "grad: one of the inputs does not require gradients");
            TensorImpl?[] gradients = BackwardPass.Gradients(results, [.. inputs.Select(x => x.Impl)], retain_graph);
            TorchError.Unless(allow_unused || Array.IndexOf(gradients, null) < 0, "grad: the outputs do not depend on one of the inputs; allow_unused permits that");
            // Copies: the passes of a gradient through operations that leave it as it is share memory.
            return [.. gradients.Select(gradient => gradient is null ? null! : new Tensor(Functions.Layouts.Clone(gradient)))];
        }
    }
}
