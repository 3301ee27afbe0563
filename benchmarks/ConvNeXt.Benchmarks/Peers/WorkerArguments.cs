using System.Runtime.InteropServices;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>The command line of a worker process of the paired comparison.</summary>
/// <param name="Mode">Score, score-int8, train or train-checkpointing.</param>
/// <param name="Network">File of the network or of its weights.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Batch">Images of a pass.</param>
/// <param name="Size">Side of the images in pixels.</param>
/// <param name="Input">File of the images: float32, [Batch, 3, Size, Size].</param>
internal sealed record WorkerArguments(string Mode, string Network, int Threads, int Batch, int Size, string Input)
{
    public const string Score = "score", ScoreInt8 = "score-int8", Train = "train", TrainCheckpointing = "train-checkpointing";

    /// <summary>Shape of the images in the file.</summary>
    public long[] Shape => [Batch, 3, Size, Size];

    /// <exception cref="ArgumentException">There are more or fewer words.</exception>
    public static WorkerArguments Parse(string[] words)
    {
        if (words is not [var mode, var network, var threads, var batch, var size, var input])
            throw new ArgumentException("A worker takes: score|score-int8|train|train-checkpointing NETWORK THREADS BATCH SIZE INPUT.");
        int Number(string word) => int.Parse(word);
        return new WorkerArguments(mode, network, Number(threads), Number(batch), Number(size), input);
    }

    /// <summary>The same arguments as words.</summary>
    public string[] ToWords()
    {
        string Word(int number) => number.ToString();
        return [Mode, Network, Word(Threads), Word(Batch), Word(Size), Input];
    }

    /// <summary>The images as they are in the file, [Batch, 3, Size, Size].</summary>
    public float[] ReadPixels() => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Input)).ToArray();

    /// <summary>The images as this project's engines take them.</summary>
    public ImageBatch ReadImages() => ImageBatch.FromChannelsFirst(ReadPixels(), Batch, Size, Size);
}
