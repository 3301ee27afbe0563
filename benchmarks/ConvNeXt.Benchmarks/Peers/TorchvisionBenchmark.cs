using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// Networks that torchvision made and saved: their logits here from its .pth file and from our safetensors of it, and torchvision's own from that.
/// </summary>
internal static class TorchvisionBenchmark
{
    private const int Size = 224;
    private static readonly string[] Networks = ["convnext_tiny", "convnext_base"];

    /// <summary>Runs the comparison.</summary>
    /// <param name="photo">A picture.</param>
    /// <param name="python">The interpreter that has torchvision.</param>
    public static int Compare(string photo, string python)
    {
        using var check = new PeerCheck($"Logits of torchvision's networks with random weights, one photo of {Size} pixels, here against there; {PeerCheck.Limit}");
        string folder = PeerCheck.PeerFolder("torchvision"), work = check.TemporaryFile("");
        string Torchvision(params string[] arguments) => PeerCheck.Run(python, folder, ["parity.py", .. arguments]);
        try
        {
            Console.WriteLine(Torchvision("version"));
        }
        catch (PeerException error)
        {
            throw new PeerException(
                $"This comparison needs Python with torchvision, on Debian: apt-get install python3-torch python3-torchvision. {error.Message}", error);
        }

        foreach (string network in Networks)
        {
            string pth = check.TemporaryFile($"{network}.pth"), saved = check.TemporaryFile($"{network}.safetensors");
            float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(check.TemporaryFile($"{network}.{name}.f32"))).ToArray();
            Torchvision("make", network, Path.GetFullPath(photo), work);
            float[] theirs = Floats("logits");
            ImageBatch image = ImageBatch.FromChannelsFirst(Floats("input"), 1, Size, Size);

            WeightSet read = WeightFile.ReadAll(pth);
            float[] fromPth = Score(read, pth, image);
            check.Report($"{network}.pth ({new FileInfo(pth).Length / 1e6:0} MB), read here", fromPth, theirs);

            SafetensorsWriter.Write(saved, NameMap.ToTorchvision(read));
            float[] fromSaved = Score(WeightFile.ReadAll(saved), saved, image);
            check.Report($"{network}.safetensors, written and read here", fromSaved, theirs);
            check.Report($"{network}.safetensors gives the logits of {network}.pth to the bit", fromSaved.AsSpan().SequenceEqual(fromPth));

            string tensors = Torchvision("read", network, work, saved);
            check.Report($"{network}.safetensors, written here and read by torchvision ({tensors})", fromSaved, Floats("reread"));
            File.Delete(pth);
            File.Delete(saved);
        }
        return check.Finish();
    }

    private static float[] Score(WeightSet weights, string file, ImageBatch image)
    {
        using var engine = new ManagedScoringEngine(ConfigDetector.Detect(weights, file), weights);
        return image.Score(engine);
    }
}
