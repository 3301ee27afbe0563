using ConvNeXt.Benchmarks;
using ConvNeXt.Benchmarks.Ablation;
using ConvNeXt.Benchmarks.FineTuning;
using ConvNeXt.Benchmarks.Kill;
using ConvNeXt.Benchmarks.Peers;
using ConvNeXt.Benchmarks.Pipeline;

// Each measurement is a word on the command line; what follows are its arguments, all with defaults.
string command = args.FirstOrDefault() ?? "";
if (args is ["models"])
{
    ModelTable.Print();
    return 0;
}
if (args is ["info", var file]) return ModelTable.PrintInfo(file);
if (args is [OwnWorker.Command, ..]) return OwnWorker.Serve(args[1..]);
if (args is [OnnxWorker.Command, ..]) return OnnxWorker.Serve(args[1..]);
if (args is [GpuWorker.Command, ..]) return GpuWorker.Serve(args[1..]);
if (args is [KilledRun.Command, var runFolder]) return KilledRun.Run(runFolder);
var arguments = new Arguments(args.Skip(1));
Repetition.UsesProcessorTime = arguments.UsesProcessorTime;
switch (command)
{
    case "peak":
        PeakBenchmark.Run(arguments);
        return 0;
    case "gemm":
        GemmBenchmark.Run(arguments);
        return 0;
    case "kernels":
        KernelBenchmark.Run(arguments);
        return 0;
    case "score":
        ModelBenchmark.Score(arguments);
        return 0;
    case "train":
        ModelBenchmark.Train(arguments);
        return 0;
    case "augment":
        return AugmentationBenchmark.Run(arguments);
    case "memory":
        MemoryBenchmark.Run(arguments);
        return 0;
    case "pipeline":
        return PeerComparisons.Guard(() => PipelineBenchmark.Run(arguments));
    case "scaling":
        return PeerComparisons.Guard(() => ScalingBenchmark.Run(arguments));
    case "latency":
        return PeerComparisons.Guard(() => LatencyBenchmark.Run(arguments));
    case "startup":
        return PeerComparisons.Guard(() => StartupBenchmark.Run(arguments));
    case "peers":
        return PeerComparisons.Paired(arguments);
    case "ablation":
        return AblationBenchmark.Run(arguments);
    case "kill":
        return KillBenchmark.Run(arguments);
    case "onnx":
        return PeerComparisons.Onnx(arguments);
    case "torchvision":
        return PeerComparisons.Torchvision(arguments);
    case "curve":
        return PeerComparisons.Curve(arguments);
    case "gpu":
        return PeerComparisons.Gpu(arguments);
    case "load":
        return PeerComparisons.Load(arguments);
    case "finetune":
        return FineTuneBenchmark.Run(arguments);
    default:
        Console.WriteLine("""
            peak     [--variant tiny] [--size 224] [--batch 8] [--threads 1,2]   this machine's limit, the products of every stage, the share of each kernel
            gemm     [--variant tiny] [--size 224] [--batch 8] [--threads 1,2]   of these the products only
            kernels  [--variant tiny] [--size 224] [--batch 8] [--threads N]     of these the kernels only
            score    [--variant tiny] [--size 224] [--batch 16,1] [--threads N] [--seconds 5]   images/s of scoring
            train    [--variant atto] [--size 96] [--batch 16] [--threads N] [--seconds 5] [--checkpointing yes]   images/s of training steps
            augment  [--images DIR] [--variant atto] [--size 224] [--batch 16] [--threads N] [--loaders 2] [--seconds 12]
                                                                            training with and without each augmentation: images/s, waiting for data, peak memory
            memory   [--images DIR] [--threads N]                           resident memory of training and of scoring 2,000 rows; without DIR of pictures that it draws
            startup  [--variant atto,tiny] [--runs 11] [--publish no]       seconds from the start of a fresh process to its first prediction: built, and published in two ways
            pipeline --images DIR [--variant tiny,atto] [--rows 2000] [--threads N]   pictures from file to probabilities through Transform, beside the network alone
            scaling  [--variant atto,nano,tiny,base] [--batch 1,...,64] [--size 96,...,512] [--threads 1,2] [--seconds 1]   images/s and peak memory
            latency  [--variant atto] [--predictions 2000] [--threads N]    what PredictionEngine adds to one picture, and how even it is
            peers    [--only tiny-16,...] [--peers onnx,pytorch] [--threads 2] [--rounds 5] [--seconds 3]   whole networks in turns with ONNX Runtime and PyTorch
            ablation --images DIR[,DIR] [--folds 5] [--seeds 3] [--rows TEXT] [--jobs N] [--cache artifacts/ablation] [--train no]   each training technique from scratch, over stratified folds and seeds; finished runs are kept
            kill     [--kills 20] [--seed N]                                kills a training run with SIGKILL at random moments, resumes it, compares the end bit for bit
            onnx                                                            logits against ONNX Runtime's of the exported networks
            onnx     --recorded DIR                                         ONNX Runtime's logits of exported networks against recorded ones (NAME.cases.safetensors)
            onnx     --model FILE --images DIR                              labels that a saved ML.NET model picks against ONNX Runtime's of the exported network
            torchvision  [--photo FILE] [--python FILE]                     logits against torchvision's of networks that it made, through .pth and safetensors
            curve    [--images DIR] [--steps 200] [--python FILE]           the same network trained here and by PyTorch: losses, weights and their average
            gpu      [--device 0] [--variants tiny,base] [--sizes 224,384] [--precisions fp32,tf32,bf16] [--batches 1,16,64,256] [--modes score,train] [--rounds 3] [--seconds 3]
                     [--memory-passes 0] [--python FILE]                    the TorchSharp engine on a GPU beside PyTorch eager and torch.compile: logits, images/s, device memory
            load     [--variant base] [--file FILE]                         time and memory to make an engine of a safetensors file
            finetune --images DIR1 DIR2 [--counts 5,10,20] [--folds 3] [--seeds 3] [--jobs N]   few images of classes left out of DIR1: fine-tuning, linear probe, from scratch
            models                                                          parameters and multiply-accumulates of all named networks, beside the papers'
            info     FILE                                                   what a weights file is
            all:     [--clock cpu]  processor time instead of time on the wall: for one thread on a machine that others use
            """);
        return command is "" or "help" ? 0 : 1;
}
