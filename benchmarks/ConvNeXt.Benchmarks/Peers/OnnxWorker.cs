namespace ConvNeXt.Benchmarks.Peers;

/// <summary>ONNX Runtime's process in the paired comparison; answers the commands of <see cref="PeerProcess"/>.</summary>
internal static class OnnxWorker
{
    /// <summary>First word of the command line.</summary>
    public const string Command = "onnx-worker";

    /// <summary>Answers commands until the input ends.</summary>
    /// <param name="arguments">As of <see cref="WorkerArguments"/>, the network being an ONNX file.</param>
    public static int Serve(string[] arguments)
    {
        WorkerArguments worker = WorkerArguments.Parse(arguments);
        float[] pixels = worker.ReadPixels();
        var runtime = new OnnxRuntime(worker.Network, worker.Threads); // in use until the process ends
        return WorkerLoop.Answer(OnnxRuntime.Version, () => runtime.Score(pixels, worker.Shape));
    }
}
