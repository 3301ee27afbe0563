using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>libtorch's process in the paired comparison; answers the commands of <see cref="PeerProcess"/>.</summary>
internal static class TorchWorker
{
    /// <summary>First word of the command line.</summary>
    public const string Command = "torch-worker";

    /// <summary>Memory layouts of images and activations, the word before the other arguments.</summary>
    public const string ChannelsFirst = "nchw", ChannelsLast = "nhwc";

    /// <summary>Answers commands until the input ends.</summary>
    /// <param name="arguments">The layout, then as of <see cref="WorkerArguments"/>, the network being a weights file.</param>
    public static int Serve(string[] arguments)
    {
        if (arguments is not [ChannelsFirst or ChannelsLast, ..])
            throw new ArgumentException($"A libtorch worker takes {ChannelsFirst} or {ChannelsLast}, then what the other workers take.");
        WorkerArguments worker = WorkerArguments.Parse(arguments[1..]);
        torch.set_num_threads(worker.Threads);
        bool channelsLast = arguments[0] == ChannelsLast;
        TorchConvNeXt network = LoadNetwork(worker.Network);
        if (channelsLast) network.ToChannelsLast();
        Tensor images = LoadImages(worker, channelsLast);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // returns the memory of the files, as the other workers do
        Func<float[]> run = worker.Mode == WorkerArguments.Score ? Scoring(network, images) : Training(network, images);
        return WorkerLoop.Answer($"libtorch {torch.__version__} ({arguments[0].ToUpperInvariant()})", run);
    }

    // In methods of their own, so that nothing on the stack keeps the bytes of a file alive: peak memory is measured.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TorchConvNeXt LoadNetwork(string path)
    {
        using WeightFile weights = WeightFile.Open(path);
        var network = new TorchConvNeXt(weights.DetectConfig());
        network.Load(name =>
        {
            var values = new float[weights.Shapes[name].Aggregate(1, (product, size) => product * size)];
            weights.Read(name, values);
            return values;
        });
        return network;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Tensor LoadImages(WorkerArguments worker, bool channelsLast)
    {
        Tensor images = torch.tensor(worker.ReadPixels()).view(worker.Shape);
        return channelsLast ? TorchConvNeXt.ChannelsLast(images) : images;
    }

    private static Func<float[]> Scoring(TorchConvNeXt network, Tensor images)
    {
        network.eval();
        return () =>
        {
            using var scope = torch.NewDisposeScope();
            using var inference = torch.inference_mode();
            return network.call(images, null).data<float>().ToArray();
        };
    }

    private static Func<float[]> Training(TorchConvNeXt network, Tensor images)
    {
        network.train();
        AdamW optimizer = torch.optim.AdamW(network.parameters(), OwnWorker.LearningRate, weight_decay: OwnWorker.WeightDecay);
        int count = (int)images.shape[0];
        Tensor targets = torch.tensor(OwnWorker.Targets(count, network.ClassCount)).view(count, network.ClassCount);
        return () =>
        {
            using var scope = torch.NewDisposeScope();
            Tensor logits = network.call(images, null);
            Tensor loss = functional.cross_entropy(logits, targets);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            return logits.detach().data<float>().ToArray();
        };
    }
}
