using ConvNeXt.Backbone.Weights.PyTorch;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Benchmarks.Fuzzing.Inputs;

namespace ConvNeXt.Benchmarks.Fuzzing;

/// <summary>Weights files: safetensors and PyTorch checkpoints in both containers.</summary>
internal sealed class WeightsTarget(int seed, string testData) : FuzzTarget(seed)
{
    private readonly byte[][][] _seeds =
    [
        .. new[] { "*.safetensors", "*.zip.pth", "*.legacy.pth" }.Select(pattern =>
            Directory.GetFiles(Path.Combine(testData, "golden", "state_dict"), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray()),
    ];

    /// <inheritdoc/>
    public override void Read(byte[] input)
    {
        if (IsCheckpoint(input))
        {
            using PthFile file = PthFile.Open(new MemoryStream(input), "input.pth");
            file.ReadWeights();
        }
        else
        {
            SafetensorsReader.Read(new MemoryStream(input), "input.safetensors");
        }
    }

    /// <inheritdoc/>
    public override bool IsRefusal(Exception exception) => exception is InvalidDataException;

    /// <inheritdoc/>
    public override string FindExtension(byte[] input) => IsCheckpoint(input) ? ".pth" : ".safetensors";

    /// <inheritdoc/>
    protected override byte[] Create(int index, Random random)
    {
        byte[][] format = _seeds[index % _seeds.Length];
        return new FileMutator(random).Mutate(format[random.Next(format.Length)], format[random.Next(format.Length)]);
    }

    private static bool IsCheckpoint(byte[] input) => input is [(byte)'P', (byte)'K', ..] or [0x80, ..];
}
