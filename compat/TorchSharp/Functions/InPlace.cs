using TorchSharp.Autograd;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>Writes a value into the memory of a tensor. Where the write is recorded, the tensor's maker is from then on the value's.</summary>
internal static class InPlace
{
    public static void Write(TensorImpl target, TensorImpl value, string name)
    {
        TorchError.Unless(!GradientMode.IsRecording || !target.IsTrainable, $"{name}: a leaf that requires gradients is changed in place; do that under no_grad");
        TorchError.Unless(!target.IsInference || GradientMode.IsInference, $"{name}: a tensor made in inference mode is changed in place outside it; clone it");
        TorchError.Unless(Shapes.Broadcast(target.Shape, value.Shape).AsSpan().SequenceEqual(target.Shape),
            $"{name}: a value of shape {Shapes.Format(value.Shape)} does not fit into a tensor of shape {Shapes.Format(target.Shape)}");
        if (GradientMode.IsRecording)
        {
            TensorImpl converted = Layouts.Cast(value, target.Type);
            TorchError.Unless(!converted.RequiresGrad || (!target.IsView && !target.Storage.HasRecordedView),
                $"{name}: a recorded change in place of memory that views share is not supported");
            target.Maker = converted.RequiresGrad ? Views.Expand(converted, target.Shape).Maker : null;
        }
        Elements.Copy(value.Expanded(target.Shape), target);
        target.Storage.MarkWritten();
    }
}
