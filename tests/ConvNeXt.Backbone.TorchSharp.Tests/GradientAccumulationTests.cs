using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.TorchSharp.Training;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class GradientAccumulationTests
{
    private static readonly ConvNeXtConfig _config = new() { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 3 };

    [TestMethod]
    public void GradientsOfWhichOneFails_AreNotAddedInPart()
    {
        var settings = EnginePair.Settings(_config);
        var layout = new FlatLayout(_config, settings.Rules);
        int middle = layout.Slots.Length / 2;
        layout.Slots[middle].Frozen = true; // so that the gradients are not one piece
        using var weights = new FlatTensor(layout, torch.CPU);
        using var optimizer = new TorchAdamW(layout, weights, settings, torch.CPU);

        Assert.ThrowsExactly<OutOfMemoryException>(() => optimizer.Add(Ones(failing: layout.Slots.Length - 2)));
        Assert.AreEqual(0f, optimizer.Gradients.Values.abs().sum().item<float>());
        optimizer.Add(Ones(failing: -1));
        Assert.AreEqual(layout.Floats - layout.Slots[middle].Size, (long)optimizer.Gradients.Values.sum().item<float>());

        IEnumerable<Tensor> Ones(int failing)
        {
            int number = 0;
            foreach (var slot in layout.Slots.Where(slot => !slot.Frozen))
            {
                if (number++ == failing) throw new OutOfMemoryException();
                yield return torch.ones(slot.Shape);
            }
        }
    }
}
