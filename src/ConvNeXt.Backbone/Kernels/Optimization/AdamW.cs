using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Optimization;

/// <summary>
/// One AdamW step as in torch.optim.AdamW ("Decoupled Weight Decay Regularization", algorithm 2), which also clears the gradients:
/// <para>p *= 1 - rate * decay; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p -= rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) +
/// epsilon); g = 0.</para>
/// <para>parameters, gradients, m, v: flat arrays over all tensors; each tensor has its own rate, decay and step count t. Gradients are multiplied by a common
/// factor when they are read. For a frozen tensor only g is written. Threads: pieces of tensors; nothing is summed.</para>
/// </summary>
internal static unsafe class AdamW
{
    /// <summary>Maximum number of floats in a piece.</summary>
    public const int PieceFloats = 16 * 1024;

    /// <summary>Cuts the memory of a tensor into pieces, whose step is not set.</summary>
    public static IEnumerable<AdamWPiece> Split(long offset, long size, double learningRateScale, double weightDecay)
    {
        for (long done = 0; done < size; done += PieceFloats)
            yield return new AdamWPiece(offset + done, (int)Math.Min(PieceFloats, size - done), learningRateScale, weightDecay, Step: 0);
    }

    public static void Step<TLanes>(WorkerTeam team, in AdamWStep step, int pieces) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new StepTask<TLanes> { Step = step }, pieces);

    /// <summary>The same for one element, in double precision.</summary>
    public static void Reference(ref double p, ref double m, ref double v, double g, double rate, double decay, double beta1, double beta2, double epsilon, int t)
    {
        p *= 1 - (rate * decay);
        m = (beta1 * m) + ((1 - beta1) * g);
        v = (beta2 * v) + ((1 - beta2) * g * g);
        p -= rate / (1 - Math.Pow(beta1, t)) * m / ((Math.Sqrt(v) / Math.Sqrt(1 - Math.Pow(beta2, t))) + epsilon);
    }

    private struct StepTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public AdamWStep Step;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            ref readonly var piece = ref Step.Pieces[item];
            float* p = Step.Parameters + piece.Offset, g = Step.Gradients + piece.Offset;
            float* m = Step.FirstMoments + piece.Offset, v = Step.SecondMoments + piece.Offset;
            if (piece.Step == 0)
            {
                new Span<float>(g, piece.Length).Clear();
                return;
            }

            double rate = Step.LearningRate * piece.LearningRateScale;
            var shrink = TLanes.Broadcast((float)(1 - (rate * piece.WeightDecay)));
            var stride = TLanes.Broadcast((float)(-rate / (1 - Math.Pow(Step.Beta1, piece.Step))));
            var inverseRoot = TLanes.Broadcast((float)(1 / Math.Sqrt(1 - Math.Pow(Step.Beta2, piece.Step))));
            var scale = TLanes.Broadcast(Step.GradientScale);
            var epsilon = TLanes.Broadcast((float)Step.Epsilon);
            TLanes beta1 = TLanes.Broadcast((float)Step.Beta1), rest1 = TLanes.Broadcast((float)(1 - Step.Beta1));
            TLanes beta2 = TLanes.Broadcast((float)Step.Beta2), rest2 = TLanes.Broadcast((float)(1 - Step.Beta2));
            for (int i = 0; i < piece.Length; i += TLanes.Count)
            {
                int left = piece.Length - i;
                var gradient = scale * TLanes.LoadUpTo(g + i, left);
                var first = TLanes.MultiplyAdd(rest1, gradient, beta1 * TLanes.LoadUpTo(m + i, left));
                var second = TLanes.MultiplyAdd(rest2 * gradient, gradient, beta2 * TLanes.LoadUpTo(v + i, left));
                var update = first / TLanes.MultiplyAdd(TLanes.Sqrt(second), inverseRoot, epsilon);
                TLanes.MultiplyAdd(stride, update, TLanes.LoadUpTo(p + i, left) * shrink).StoreUpTo(p + i, left);
                first.StoreUpTo(m + i, left);
                second.StoreUpTo(v + i, left);
                TLanes.Zero.StoreUpTo(g + i, left);
            }
        }
    }
}

/// <summary>A range of elements of one tensor.</summary>
/// <param name="Offset">Start of the range in the flat arrays.</param>
/// <param name="Length">Number of elements.</param>
/// <param name="LearningRateScale">The tensor's factor on the learning rate.</param>
/// <param name="WeightDecay">The tensor's weight decay.</param>
/// <param name="Step">Number of the tensor's step, from 1; 0 if it is frozen.</param>
internal record struct AdamWPiece(long Offset, int Length, double LearningRateScale, double WeightDecay, long Step);

/// <summary>Operands of one AdamW step.</summary>
internal unsafe struct AdamWStep
{
    public float* Parameters;
    public float* Gradients;
    public float* FirstMoments;
    public float* SecondMoments;
    public AdamWPiece* Pieces;
    public double LearningRate;
    public double Beta1;
    public double Beta2;
    public double Epsilon;

    /// <summary>Factor on the gradients; below 1 if they are clipped.</summary>
    public float GradientScale;
}
