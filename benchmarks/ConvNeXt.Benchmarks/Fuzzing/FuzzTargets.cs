using ConvNeXt.Benchmarks.Fuzzing.Inputs;

namespace ConvNeXt.Benchmarks.Fuzzing;

/// <summary>The kinds of files by name, with their limit of memory.</summary>
internal static class FuzzTargets
{
    public const string Images = "images", Models = "models", Weights = "weights";

    /// <summary>
    /// The most resident memory of a worker. An image of the allowed 150 million pixels takes 7 bytes a pixel for its decoded forms, and in the decoder up to
    /// 8 more; what was used for one image stays in a pool for the next one. A model file may ask for inputs of 4,096 pixels a side.
    /// </summary>
    public static long FindMostBytes(string name) => name == Images ? 3L << 30 : 2L << 30;

    /// <summary>Creates a target.</summary>
    public static FuzzTarget Create(string name, int seed)
    {
        string testData = Path.Combine(BenchmarkChecks.Repository, "tests", "data");
        return name switch
        {
            Images => new ImageTarget(seed, testData),
            Models => new ModelTarget(seed, testData),
            Weights => new WeightsTarget(seed, testData),
            _ => throw new ArgumentException($"There is no target '{name}'. The targets are {Images}, {Models} and {Weights}."),
        };
    }
}
