using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>Images, decoded and prepared for a network; each format gets the same share of the inputs.</summary>
internal sealed class ImageTarget(int seed, string testData) : FuzzTarget(seed)
{
    private static readonly ImageDecodingOptions[] Options =
    [
        ImageDecodingOptions.Default, ImageDecodingOptions.AsPyTorch, ImageDecodingOptions.Earliest, new() { Background = RgbColor.White },
        new() { ReduceLargeJpegs = true },
    ];

    private readonly byte[][][] _seeds = ImageSeeds.Create(testData);
    private readonly ImagePreprocessing _preprocessing = ImagePreprocessing.ForSize(32);
    private readonly float[] _pixels = new float[ImagePreprocessing.ForSize(32).Length];

    /// <inheritdoc/>
    public override void Read(byte[] input)
    {
        using RgbImage image = ImageDecoding.Decode(new ImageReference(null, input, null), Options[input.Length % Options.Length], _preprocessing);
        _preprocessing.Apply(image, _pixels);
        if (_pixels.AsSpan().ContainsAnyExceptInRange(-10, 10)) throw new InvalidOperationException("A value is NaN or out of range.");
    }

    /// <inheritdoc/>
    public override bool IsRefusal(Exception exception) => exception is UnreadableImageException;

    /// <inheritdoc/>
    public override string FindExtension(byte[] input) => ".image";

    /// <inheritdoc/>
    protected override byte[] Create(int index, Random random)
    {
        byte[][] format = _seeds[index % _seeds.Length];
        byte[] file = new FileMutator(random).Mutate(format[random.Next(format.Length)], format[random.Next(format.Length)]);
        if (random.Next(2) == 0) ChunkRepair.Repair(file);
        return file;
    }
}
