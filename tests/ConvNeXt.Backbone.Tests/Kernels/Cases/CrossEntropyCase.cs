using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Cross-entropy with soft targets; the gradient against finite differences of the loss.</summary>
internal sealed class CrossEntropyCase : KernelCase
{
    public required int Images { get; init; }

    public required int Classes { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(10);
        float[] logits = Random(random, Images * Classes, 5f), targets = [.. Random(random, Images * Classes).Select(MathF.Abs)], gradient = new float[logits.Length];
        double loss;
        fixed (float* pl = logits, pg = gradient) loss = SoftCrossEntropy.Run(pl, targets, Images, Classes, 0.5, pg);
        int some = Math.Min(logits.Length, 60);
        var all = Doubles(logits);
        results.Add(new KernelResult("loss", [(float)loss], () => Reference(all, targets)));
        results.Add(new KernelResult("gradient", gradient[..some], () => Differentiate(values => Reference([.. values, .. all[some..]], targets), all[..some], [0.5f])));
        return results;
    }

    private double[] Reference(double[] logits, float[] targets)
    {
        double loss = 0;
        for (int first = 0; first < logits.Length; first += Classes)
        {
            double sum = 0;
            for (int i = first; i < first + Classes; i++) sum += Math.Exp(logits[i]);
            for (int i = first; i < first + Classes; i++) loss -= targets[i] * Math.Log(Math.Exp(logits[i]) / sum) / Images;
        }

        return [loss];
    }
}
