using System.Runtime.CompilerServices;

namespace ConvNeXt.Backbone.Kernels;

/// <summary>
/// Backward of the end of a block, y = x + keep[image] * (gamma * z), from y to z: dz = keep * gamma * dy (overwritten); dgamma += sum over rows of
/// keep * dy * z; and, as z = product + bias, dbias += sum over rows of dz. (dx = dy stays where it is.)
/// <para>dy, z, dz: [rows, channels], dz may be z; gamma, dgamma, dbias: [channels]; keep: [images], null for all ones. Without layer scale gamma and dgamma are null.</para>
/// <para>Threads: a partial sum per chunk of rows (<see cref="RowChunks"/>), added in the order of the chunks.</para>
/// </summary>
internal static unsafe class BranchBackward
{
    /// <summary>Floats of the partial sums.</summary>
    public static long PartialFloats(int rows, int channels) => RowChunks.Count(rows) * 2L * channels;

    public static void Run<TLanes>(
        WorkerTeam team, float* dy, float* z, int rows, int channels, float* gamma, float* keep, int rowsPerImage, float* dz, float* partials, float* gammaGradient, float* biasGradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int chunks = RowChunks.Count(rows);
        var task = new BackwardTask<TLanes>
        {
            Dy = dy,
            Z = z,
            RowCount = rows,
            Channels = channels,
            Gamma = gamma,
            Keep = keep,
            RowsPerImage = rowsPerImage,
            Dz = dz,
            Partials = partials,
        };
        team.Run(in task, chunks);
        if (gamma != null) RowChunks.AddInOrder<TLanes>(team, partials, chunks, 2 * channels, channels, gammaGradient);
        RowChunks.AddInOrder<TLanes>(team, partials + channels, chunks, 2 * channels, channels, biasGradient);
    }

    private struct BackwardTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Dy;
        public float* Z;
        public int RowCount;
        public int Channels;
        public float* Gamma;
        public float* Keep;
        public int RowsPerImage;
        public float* Dz;
        public float* Partials;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int firstRow = item * RowChunks.Rows, rows = RowChunks.RowsOf(item, RowCount);
            float* dGamma = Partials + ((long)item * 2 * Channels), dBias = dGamma + Channels;
            new Span<float>(dGamma, 2 * Channels).Clear();
            for (int row = firstRow; row < firstRow + rows; row++)
            {
                long at = (long)row * Channels;
                var keep = TLanes.Broadcast(Keep == null ? 1f : Keep[row / RowsPerImage]);
                for (int c = 0; c < Channels; c += TLanes.Count)
                {
                    int left = Channels - c;
                    var d = TLanes.LoadUpTo(Dy + at + c, left) * keep;
                    if (Gamma != null)
                    {
                        TLanes.MultiplyAdd(d, TLanes.LoadUpTo(Z + at + c, left), TLanes.LoadUpTo(dGamma + c, left)).StoreUpTo(dGamma + c, left);
                        d *= TLanes.LoadUpTo(Gamma + c, left);
                    }

                    (TLanes.LoadUpTo(dBias + c, left) + d).StoreUpTo(dBias + c, left);
                    d.StoreUpTo(Dz + at + c, left);
                }
            }
        }
    }
}
