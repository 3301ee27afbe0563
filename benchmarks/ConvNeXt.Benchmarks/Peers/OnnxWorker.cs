using System.Globalization;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>ONNX Runtime's side of the paired comparison: the same commands as those of <see cref="OwnWorker"/>.</summary>
internal static class OnnxWorker
{
    /// <summary>The word on the command line, before the mode.</summary>
    public const string Command = "onnx-worker";

    /// <summary>Answers commands until there are no more.</summary>
    /// <param name="arguments">score, model, threads, batch, size and the file of the images.</param>
    public static int Serve(string[] arguments)
    {
        if (arguments is not [OwnWorker.Score, var model, var threads, var batch, var size, var input])
            throw new ArgumentException("An ONNX worker takes: score MODEL THREADS BATCH SIZE INPUT.");
        int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
        float[] pixels = OwnWorker.ReadImages(input, Number(batch), Number(size)).ToChannelsFirst();
        int[] shape = [Number(batch), 3, Number(size), Number(size)];
        var runtime = new OnnxRuntime(model, Number(threads)); // lives as long as the process
        return OwnWorker.Answer(OnnxRuntime.Version, () => runtime.Score(pixels, shape));
    }
}
