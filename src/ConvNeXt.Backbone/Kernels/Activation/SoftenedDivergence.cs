namespace ConvNeXt.Backbone.Kernels.Activation;

/// <summary>
/// The loss of knowledge distillation (Hinton, Vinyals, Dean 2015, section 2) over a batch: with p = softmax(teacher / T) and q = softmax(logits / T),
/// loss = mean over images of weight * T^2 * sum over classes of p * (log p - log q). The factor T^2 keeps the gradient's magnitude independent of T.
/// <para>logits, teacher: [images, classes]; weights: [images]; dlogits: [images, classes], added to with weight * T * (q - p) * scale / images.</para>
/// <para>Threads: one only, in double precision; there are few classes compared with pixels.</para>
/// </summary>
internal static unsafe class SoftenedDivergence
{
    /// <summary>Returns the loss and adds its gradient times <paramref name="scale"/>.</summary>
    public static double Add(
        float* logits, ReadOnlySpan<float> teacher, ReadOnlySpan<float> weights, double temperature, int images, int classes, double scale, float* dLogits)
    {
        double loss = 0;
        for (int n = 0; n < images; n++, logits += classes, dLogits += classes)
        {
            var wanted = teacher.Slice(n * classes, classes);
            var given = new ReadOnlySpan<float>(logits, classes);
            double weight = weights[n], logSum = LogSum(given, temperature), wantedLogSum = LogSum(wanted, temperature);
            for (int c = 0; c < classes; c++)
            {
                double logQ = (given[c] / temperature) - logSum, logP = (wanted[c] / temperature) - wantedLogSum, p = Math.Exp(logP);
                if (p > 0) loss += weight * temperature * temperature * p * (logP - logQ) / images;
                dLogits[c] = (float)(dLogits[c] + (weight * temperature * (Math.Exp(logQ) - p) * scale / images));
            }
        }

        return loss;
    }

    // log of the sum of exp(logit / temperature).
    private static double LogSum(ReadOnlySpan<float> logits, double temperature)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) largest = Math.Max(largest, logit / temperature);
        foreach (float logit in logits) sum += Math.Exp((logit / temperature) - largest);
        return largest + Math.Log(sum);
    }
}
