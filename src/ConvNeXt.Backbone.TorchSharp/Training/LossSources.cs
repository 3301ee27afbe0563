using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.TorchSharp.Devices;
using TorchSharp;
using Device = TorchSharp.torch.Device;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Training;

/// <summary>Tensors from which the backward pass starts, with the gradient of the loss in each of them.</summary>
/// <param name="Outputs">The tensors.</param>
/// <param name="Gradients">The gradients, of the same shapes; null for ones.</param>
internal readonly record struct LossSources(List<Tensor> Outputs, List<Tensor>? Gradients);

/// <summary>Cross-entropy with soft targets, computed on the device.</summary>
internal static class CrossEntropy
{
    /// <summary>Returns the part's share of the batch's mean loss, and where backward starts.</summary>
    public static (double Loss, LossSources Sources) Sources(Tensor logits, TrainingBatch batch, BatchPart part, Device device)
    {
        int classes = (int)logits.shape[1];
        Tensor targets = TensorTransfer.Upload(part.Of(batch.Targets, classes), [part.Count, classes], device);
        Tensor total = torch.nn.functional.log_softmax(logits, 1).mul(targets).sum();
        using Scalar share = -(double)batch.GradientScale / batch.Count;
        return (-(double)total.item<float>() / batch.Count, new LossSources([total.mul(share)], null));
    }
}

/// <summary>An objective that computes on the host, the same for all engines: it reads logits and stage outputs and returns their gradients.</summary>
internal static unsafe class HostObjective
{
    /// <summary>Returns the part's share of the batch's mean loss at the logits, and where backward starts.</summary>
    /// <param name="logits">[images, classes].</param>
    /// <param name="stages">Outputs of the stages, in order, [images, height, width, channels].</param>
    /// <param name="batch">The batch; it has an objective.</param>
    /// <param name="part">The images that are computed.</param>
    /// <param name="lowestTrained">Where backward ends: losses at the outputs of earlier stages have no effect and are left out, as in the managed engine.</param>
    /// <param name="device">Where the tensors are.</param>
    public static (double Loss, LossSources Sources) Sources(
        Tensor logits, List<(int Stage, Tensor Output)> stages, TrainingBatch batch, BatchPart part, LayerPosition lowestTrained, Device device)
    {
        int classes = (int)logits.shape[1];
        float[] values = Read(logits), gradient = new float[values.Length];
        double loss;
        fixed (float* from = values, to = gradient) loss = batch.Objective!.AtLogits(from, batch, part, classes, to);
        var sources = new LossSources([logits], [TensorTransfer.Upload(gradient, logits.shape, device)]);
        for (int i = stages.Count - 1; i >= 0; i--)
        {
            var (stage, output) = stages[i];
            if (i < stages.Count - 1 && new LayerPosition(stage + 1, LayerPosition.BeforeBlocks) < lowestTrained) break;
            float[] map = Read(output), ofMap = new float[map.Length];
            var shape = new FeatureShape(checked((int)output.shape[0]), checked((int)output.shape[1]), checked((int)output.shape[2]), checked((int)output.shape[3]));
            fixed (float* from = map, to = ofMap) batch.Objective.AtStages!.AddGradient(stage, from, shape, to);
            if (!output.requires_grad) continue;
            sources.Outputs.Add(output);
            sources.Gradients!.Add(TensorTransfer.Upload(ofMap, output.shape, device));
        }

        return (loss, sources);
    }

    private static float[] Read(Tensor tensor)
    {
        var values = new float[checked((int)tensor.numel())];
        TensorTransfer.Read(tensor.detach(), values);
        return values;
    }
}
