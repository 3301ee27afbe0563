using ConvNeXt.MLNet.Hosting;

namespace ConvNeXt.WebService;

/// <summary>The answer to an image.</summary>
/// <param name="Label">The most likely class.</param>
/// <param name="Probability">Its probability, from 0 to 1.</param>
/// <param name="Unsure">Whether the probability is below the threshold.</param>
/// <param name="Classes">The most likely classes, in order.</param>
/// <param name="ModelVersion">The model that classified the image.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record ClassifyResponse(
    string Label, float Probability, bool Unsure, IReadOnlyList<ClassProbability> Classes, string ModelVersion, ClassifyTimings Milliseconds)
{
    /// <summary>Takes the answer from a result.</summary>
    public static ClassifyResponse From(ClassificationResult result)
    {
        ClassificationTimings timings = result.Timings;
        return new ClassifyResponse(
            result.Label!,
            result.Probability,
            result.IsUnsure,
            result.Top,
            result.ModelVersion!,
            new ClassifyTimings(Round(timings.Total), Round(timings.Waiting), Round(timings.Decoding), Round(timings.Computing)));

        static double Round(TimeSpan time) => Math.Round(time.TotalMilliseconds, 2);
    }
}

/// <summary>Milliseconds of a request, including its upload, and of its parts.</summary>
internal sealed record ClassifyTimings(double Total, double Waiting, double Decoding, double Computing);

/// <summary>What the service knows.</summary>
internal sealed record ModelResponse(string? Version, IReadOnlyList<string> Labels);
