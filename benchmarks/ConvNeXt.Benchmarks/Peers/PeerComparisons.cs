namespace ConvNeXt.Benchmarks.Peers;

/// <summary>The comparisons with other software as commands: an error is told in a line, the exit code is 0 only where all passed.</summary>
internal static class PeerComparisons
{
    /// <summary>Debian's packages are there, whatever other Python comes first on the path.</summary>
    private const string DebianPython = "/usr/bin/python3";

    public static int Onnx(Arguments arguments) => Guard(() => (arguments.Text("recorded"), arguments.Text("model"), arguments.Text("images")) switch
    {
        ({ } recorded, null, null) => OnnxBenchmark.CompareRecorded(recorded),
        (null, { } model, { } images) => OnnxModelBenchmark.Compare(model, images),
        (null, null, null) => OnnxBenchmark.CompareEngines(),
        _ => throw new PeerException("bench onnx takes nothing, or --recorded DIR, or --model FILE and --images DIR."),
    });

    public static int Torchvision(Arguments arguments) => Guard(() => TorchvisionBenchmark.Compare(
        arguments.Text("photo") ?? Path.Combine(PeerCheck.Repository, "tests", "data", "golden", "preprocess", "photo5.jpg"),
        Python(arguments)));

    public static int Paired(Arguments arguments) => Guard(() =>
    {
        string[] peers = (arguments.Text("peers") ?? $"{PairedBenchmark.Onnx},{PairedBenchmark.PyTorch}").Split(',');
        var benchmark = new PairedBenchmark(arguments.Threads ?? 2, arguments.Integer("rounds", 5), arguments.Integer("seconds", 3), peers, Python(arguments));
        return benchmark.Run(PairedCase.Select(arguments.Text("only")));
    });

    public static int Gpu(Arguments arguments) => Guard(() => new GpuBenchmark(new GpuSettings
    {
        Device = arguments.Text("device") ?? "0",
        Variants = [.. (arguments.Text("variants") ?? "tiny,base").Split(',')],
        Sizes = arguments.Integers("sizes", "224,384"),
        Precisions = [.. (arguments.Text("precisions") ?? "fp32,tf32,bf16").Split(',')],
        Batches = arguments.Integers("batches", "1,16,64,256"),
        Modes = [.. (arguments.Text("modes") ?? $"{OwnWorker.Score},{OwnWorker.Train}").Split(',')],
        BlockSeconds = arguments.Integer("seconds", 3),
        Rounds = arguments.Integer("rounds", 3),
        MemoryPasses = arguments.Integer("memory-passes", 0),
        Python = arguments.Text("python") ?? "python3",
    }).Run());

    public static int Load(Arguments arguments) => Guard(() => arguments.Text("only") is { } only
        ? LoadBenchmark.RunOne(arguments.Text("file")!, only)
        : LoadBenchmark.Compare(arguments.Variant("base"), arguments.Text("file")));

    private static string Python(Arguments arguments) => arguments.Text("python") ?? (File.Exists(DebianPython) ? DebianPython : "python3");

    public static int Curve(Arguments arguments) => Guard(() => CurveBenchmark.Compare(
        arguments.Text("images") ?? MemoryBenchmark.DrawPictures(),
        arguments.Integer("steps", 200),
        Python(arguments)));

    public static int Guard(Func<int> comparison)
    {
        try
        {
            return comparison();
        }
        catch (Exception error) when (error is PeerException or IOException or InvalidDataException or FormatException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }
}
