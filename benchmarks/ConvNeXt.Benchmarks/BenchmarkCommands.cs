using ConvNeXt.Benchmarks.Ablation;
using ConvNeXt.Benchmarks.Curve;
using ConvNeXt.Benchmarks.Distributed;
using ConvNeXt.Benchmarks.Engines;
using ConvNeXt.Benchmarks.FineTuning;
using ConvNeXt.Benchmarks.Fuzzing;
using ConvNeXt.Benchmarks.Gpu;
using ConvNeXt.Benchmarks.Int8;
using ConvNeXt.Benchmarks.Kernels;
using ConvNeXt.Benchmarks.Kill;
using ConvNeXt.Benchmarks.Labels;
using ConvNeXt.Benchmarks.Peers;
using ConvNeXt.Benchmarks.Pipeline;
using ConvNeXt.Benchmarks.Roadmaps;
using ConvNeXt.Benchmarks.Robustness;
using ConvNeXt.Benchmarks.Serving;
using ConvNeXt.Benchmarks.Soak;
using ConvNeXt.Benchmarks.Throughput;

namespace ConvNeXt.Benchmarks;

/// <summary>All commands of the program.</summary>
internal static class BenchmarkCommands
{
    private static readonly BenchmarkCommand[] Commands =
    [
        new("peak", "[--variant tiny] [--size 224] [--batch 8] [--threads 1,2]",
            "peak multiply-add rate of this machine, then what gemm and kernels print", PeakBenchmark.Run),
        new("gemm", "[--variant tiny] [--size 224] [--batch 8] [--threads 1,2]",
            "the matrix products of every stage, in GFLOP/s and as a share of the peak rate", GemmBenchmark.Run),
        new("kernels", "[--variant tiny] [--size 224] [--batch 8] [--threads N] [--precision int8]",
            "time of each layer and its share of a scoring pass", KernelBenchmark.Run),
        new("score", "[--variant tiny] [--size 224] [--batch 16,1] [--threads N] [--seconds 5] [--precision int8]",
            "images/s of scoring", ModelBenchmark.Score),
        new("train", "[--variant atto] [--size 96] [--batch 16] [--threads N] [--seconds 5] [--checkpointing yes]",
            "images/s of training steps", ModelBenchmark.Train),
        new("augment", AugmentationBenchmark.Usage,
            "training with each augmentation and without: images/s, time spent waiting for data, peak memory", AugmentationBenchmark.Run),
        new("memory", "[--images DIR] [--threads N]",
            "resident memory during training and while scoring 2,000 rows; generates images if no DIR is given", MemoryBenchmark.Run),
        new("startup", "[--variant atto,tiny] [--runs 11] [--publish no] [--image FILE]",
            "seconds from the start of a fresh process to its first prediction, built and published in two ways", StartupBenchmark.Run),
        new("pipeline", "--images DIR [--variant tiny,atto] [--rows 2000] [--threads N]",
            "image files to probabilities through Transform, compared with the network alone", PipelineBenchmark.Run),
        new("scaling", "[--variant atto,nano,tiny,base] [--batch 1,...,64] [--size 96,...,512] [--threads 1,2] [--seconds 1]",
            "images/s and peak memory by batch size, image size and threads", ScalingBenchmark.Run),
        new("throughput", ThroughputBenchmark.Usage,
            "images/s of the networks in the paper's tables 1, 2 and 12, on this CPU or a GPU, beside the printed figures", ThroughputBenchmark.Run),
        new("latency", "[--variant atto] [--predictions 2000] [--threads N] [--image FILE]",
            "what PredictionEngine adds to the time of one image, and how much single predictions vary", LatencyBenchmark.Run),
        new("concurrency", "[--variant atto] [--size 64] [--callers 16] [--rows 25] [--threads N] [--image FILE]",
            "Transform of one row by many thread-pool threads at the same time, compared with one caller", ConcurrencyBenchmark.Run),
        new("callers", CallersBenchmark.Usage,
            "one image each by several callers of one engine, compared with one caller that scores batches: images/s, latency, memory", CallersBenchmark.Run),
        new("peers", "[--only tiny-16,...] [--peers onnx,onnx-int8,libtorch,int8] [--threads 2] [--rounds 5] [--seconds 3]",
            "scoring and training of whole networks, in turns with ONNX Runtime, libtorch and this engine's 8-bit products", PairedBenchmark.Run),
        new("int8", Int8AccuracyBenchmark.Usage,
            "classifiers trained with the defaults, scored in float32 and with 8-bit products: agreement, accuracy, log loss", Int8AccuracyBenchmark.Run),
        new("ablation", "--images DIR[,DIR] [--folds 5] [--seeds 3] [--rows TEXT] [--jobs N] [--cache artifacts/ablation] [--train no]",
            "accuracy of each training technique from scratch, over stratified folds and seeds; finished runs are cached", AblationBenchmark.Run),
        new("transfer", "--images DIR1 DIR2 ... [--ways resnet18-sdca,resnet18-lbfgs,scratch,probe,default] [--variants NAME:SETTING=VALUE+...] [--folds 5] [--only-folds 0,1] [--seeds 1,2,3] [--counts 0] [--runs transfer.csv]",
            "Accuracy from few images without a download: official ML.NET with its ResNet18 package, and this library", Transfer.TransferBenchmark.Run),
        new("robustness", RobustnessBenchmark.Usage,
            "how much the default classifier loses by noise, blur, weather and compression, and what stronger augmentation changes", RobustnessBenchmark.Run),
        new("roadmap", RoadmapStudy.Usage,
            "from ResNet to ConvNeXt as in the paper, on other images: every step is trained from scratch by the same recipe", RoadmapStudy.Run),
        new("corruptions", "--images DIR [--pictures 3] [--output corruptions]",
            "draws every corruption of some pictures at every severity", CorruptionSheet.Run),
        new("tune", Tuning.TuneBenchmark.Usage,
            "settings that a search finds in a given time, against the default and against random search; interrupted runs are continued", Tuning.TuneBenchmark.Run),
        new("tune-kill", Tuning.TuneKillBenchmark.Usage,
            "kills a search with SIGKILL at random moments, continues it, compares journal and choice", Tuning.TuneKillBenchmark.Run),
        new("finetune", "--images DIR1 DIR2 [--counts 5,10,20] [--folds 3] [--seeds 3] [--jobs N]",
            "two classes left out of DIR1, a few images of each: fine-tuning, linear probe and training from scratch", FineTuneBenchmark.Run),
        new("labels", LabelBenchmark.Usage,
            "wrong labels that convnext check finds: of a share of labels that are exchanged, how many are among the first suspects", LabelBenchmark.Run),
        new("ranks", RankBenchmark.Usage,
            "training steps of several ranks, started by mpirun: time of a step, of computing and of an exchange", RankBenchmark.Run),
        new("ranks-model", ScalingModel.Usage,
            "predicted speed of 2 to 64 machines, from the measured milliseconds of an image", ScalingModel.Run),
        new("kill", "[--kills 20] [--seed N]",
            "kills a training run with SIGKILL at random moments, resumes it, compares the result bit for bit", KillBenchmark.Run),
        new("kill-budgeted", "[--budget 30] [--kills 5] [--seed N]",
            "kills a training run that has a time budget, resumes it, checks that it ends in time", BudgetedKillBenchmark.Run),
        new("fuzz", FuzzBenchmark.Usage,
            "damaged images, model files and weights files: each is read or refused, without crash, hang or too much memory", FuzzBenchmark.Run),
        new("soak", SoakBenchmark.Usage,
            "scoring by many callers while the model is loaded again every few seconds: requests, errors, growth of memory", SoakBenchmark.Run),
        new("serve", ServeBenchmark.Usage,
            "the web service under load beside one with a pool of PredictionEngines, every result compared, models replaced, time to ready", ServeBenchmark.Run),
        new("reduced", ReducedDecodingBenchmark.Usage,
            "large JPEG files decoded at full and at reduced size: time, probabilities, agreement", ReducedDecodingBenchmark.Run),
        new("onnx", "[--recorded DIR | --model FILE --images DIR]",
            "exported networks in ONNX Runtime against this engine, recorded logits (NAME.cases.safetensors) or a saved ML.NET model", OnnxBenchmark.Run),
        new("curve", "[--images DIR] [--steps 200]",
            "the same network trained by this engine and by libtorch: losses, weights and their moving average", CurveBenchmark.Run),
        new("gpu", GpuBenchmark.Usage,
            "the TorchSharp engine on a GPU, compared with PyTorch eager and torch.compile: logits, images/s, device memory", GpuBenchmark.Run),
        new("load", "[--variant base] [--file FILE]",
            "time and memory to create an engine from a safetensors file", LoadBenchmark.Run),
        new("models", "",
            "parameters and multiply-accumulates of all named networks, with the papers' numbers", (string[] _) => ModelTable.Print()),
        new("info", "FILE",
            "describes a weights file", ModelTable.PrintInfo),
    ];

    // Processes that other commands start.
    private static readonly Dictionary<string, Func<string[], int>> Workers = new(StringComparer.Ordinal)
    {
        [OwnWorker.Command] = OwnWorker.Serve,
        [OnnxWorker.Command] = OnnxWorker.Serve,
        [TorchWorker.Command] = TorchWorker.Serve,
        [GpuWorker.Command] = GpuWorker.Serve,
        [KilledRun.Command] = KilledRun.Run,
        [Tuning.TuneKillBenchmark.WorkerCommand] = Tuning.TuneKillBenchmark.Work,
        [FuzzWorker.Command] = FuzzWorker.Run,
        [AugmentationBenchmark.OneCommand] = AugmentationBenchmark.RunOne,
        [LoadBenchmark.OneCommand] = LoadBenchmark.RunOne,
    };

    /// <summary>Runs the command that the command line names.</summary>
    /// <returns>The exit code: 0 if the command ran and all its checks passed.</returns>
    public static int Run(string[] words)
    {
        if (words is [] or ["help" or "--help" or "-h"]) return PrintHelp();
        Func<string[], int>? action = Workers.GetValueOrDefault(words[0]) ?? Commands.FirstOrDefault(command => command.Name == words[0])?.Action;
        if (action is null)
        {
            Console.Error.WriteLine($"There is no command '{words[0]}'. The commands are: {string.Join(", ", Commands.Select(command => command.Name))}.");
            return 1;
        }
        try
        {
            return action(words[1..]);
        }
        catch (Exception error) when (error is BenchmarkException or ArgumentException or FormatException or InvalidDataException
            or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static int PrintHelp()
    {
        Console.WriteLine("dotnet run -c Release --project benchmarks/ConvNeXt.Benchmarks -- COMMAND [OPTIONS]");
        foreach (BenchmarkCommand command in Commands) Console.WriteLine($"\n{$"{command.Name} {command.Usage}".TrimEnd()}\n    {command.Description}");
        Console.WriteLine($"\nAll: [--{Arguments.Clock} cpu] measures processor time instead of elapsed time, for one thread on a machine that others use.");
        return 0;
    }
}
