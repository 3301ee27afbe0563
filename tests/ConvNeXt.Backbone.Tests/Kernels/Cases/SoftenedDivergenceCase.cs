using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>The loss of distillation, added to a gradient that is there; against its formula in double, and finite differences of it.</summary>
internal sealed class SoftenedDivergenceCase : KernelCase
{
    private const double Scale = 0.5;

    public required int Images { get; init; }

    public required int Classes { get; init; }

    public required double Temperature { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var random = new Random(12);
        float[] logits = Random(random, Images * Classes, 5f), teacher = Random(random, Images * Classes, 5f), weights = [.. Random(random, Images).Select(MathF.Abs)];
        float[] before = Random(random, logits.Length, 1e-3f), gradient = [.. before];
        double loss;
        fixed (float* pl = logits, pg = gradient) loss = SoftenedDivergence.Add(pl, teacher, weights, Temperature, Images, Classes, Scale, pg);
        int some = Math.Min(logits.Length, 60);
        var all = Doubles(logits);
        return
        [
            new KernelResult("loss", [(float)loss], () => Formula(all, teacher, weights)),
            new KernelResult("gradient", gradient[..some], () =>
            [
                .. Differentiate(values => Formula([.. values, .. all[some..]], teacher, weights), all[..some], [(float)Scale]).Select((slope, i) => slope + before[i]),
            ]),
        ];
    }

    // Hinton, Vinyals, Dean 2015: T^2 KL(p || q) of probabilities at temperature T.
    private double[] Formula(double[] logits, float[] teacher, float[] weights)
    {
        double loss = 0;
        for (int image = 0; image < Images; image++)
        {
            double[] q = Softened(logits[(image * Classes)..((image + 1) * Classes)]), p = Softened(Doubles(teacher[(image * Classes)..((image + 1) * Classes)]));
            loss += weights[image] * Temperature * Temperature * p.Zip(q, (wanted, given) => wanted * Math.Log(wanted / given)).Sum() / Images;
        }

        return [loss];
    }

    private double[] Softened(double[] logits)
    {
        double[] powers = [.. logits.Select(logit => Math.Exp(logit / Temperature))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
