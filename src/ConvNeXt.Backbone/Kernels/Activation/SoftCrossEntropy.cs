namespace ConvNeXt.Backbone.Kernels.Activation;

/// <summary>
/// Cross-entropy with soft targets over a batch: loss = mean over images of -sum over classes of target * log softmax(logits).
/// <para>logits, targets: [images, classes]; dlogits: the same shape, overwritten with (softmax * sum of targets - targets) * scale / images.</para>
/// <para>Threads: one only, in double precision; there are few classes compared with pixels.</para>
/// </summary>
internal static unsafe class SoftCrossEntropy
{
    /// <summary>Returns the loss and writes its gradient times <paramref name="scale"/>.</summary>
    public static double Run(float* logits, ReadOnlySpan<float> targets, int images, int classes, double scale, float* dLogits)
    {
        double loss = 0;
        for (int n = 0; n < images; n++, logits += classes, dLogits += classes)
        {
            var target = targets.Slice(n * classes, classes);
            double largest = double.NegativeInfinity, sum = 0, weight = 0;
            for (int c = 0; c < classes; c++) largest = Math.Max(largest, logits[c]);
            for (int c = 0; c < classes; c++) sum += Math.Exp(logits[c] - largest);
            double logSum = largest + Math.Log(sum);
            for (int c = 0; c < classes; c++)
            {
                loss -= target[c] * (logits[c] - logSum) / images;
                weight += target[c];
            }

            for (int c = 0; c < classes; c++) dLogits[c] = (float)(((Math.Exp(logits[c] - logSum) * weight) - target[c]) * scale / images);
        }

        return loss;
    }
}
