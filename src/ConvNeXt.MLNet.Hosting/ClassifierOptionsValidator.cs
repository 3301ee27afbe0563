using Microsoft.Extensions.Options;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Hosting;

/// <summary>Checks the options of a classifier; all problems are reported together.</summary>
internal sealed class ClassifierOptionsValidator : IValidateOptions<ConvNeXtClassifierOptions>
{
    private const int LargestBytes = 512 << 20, LargestPixels = 150_000_000;

    public ValidateOptionsResult Validate(string? name, ConvNeXtClassifierOptions options)
    {
        string[] problems = [.. Find(options)];
        if (problems.Length == 0) return ValidateOptionsResult.Success;
        string whose = string.IsNullOrEmpty(name) ? "" : $"Classifier '{name}': ";
        return ValidateOptionsResult.Fail(problems.Select(problem => whose + problem));
    }

    private static IEnumerable<string> Find(ConvNeXtClassifierOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.ModelPath)) yield return $"{nameof(options.ModelPath)} is not set.";
        if (Range(options.QueueCapacity, 1, 100_000, nameof(options.QueueCapacity)) is { } capacity) yield return capacity;
        if (Range(options.MaxBatchSize, 1, 1024, nameof(options.MaxBatchSize)) is { } batch) yield return batch;
        if (Range(options.DecodingThreads, 0, 1024, nameof(options.DecodingThreads)) is { } threads) yield return threads;
        if (Range(options.TopCount, 1, int.MaxValue, nameof(options.TopCount)) is { } top) yield return top;
        if (Range(options.MaxImageBytes, 1, LargestBytes, nameof(options.MaxImageBytes)) is { } bytes) yield return bytes;
        if (Range(options.MaxImagePixels, 1, LargestPixels, nameof(options.MaxImagePixels)) is { } pixels) yield return pixels;
        if (options.UnsureBelow is not (>= 0 and <= 1))
            yield return Invariant($"{nameof(options.UnsureBelow)} is {options.UnsureBelow}; it must be from 0 to 1.");
        if (options.DegradedFrom is not (> 0 and <= 1))
            yield return Invariant($"{nameof(options.DegradedFrom)} is {options.DegradedFrom}; it must be above 0 and at most 1.");
        if (options.MaxQueueDelay < TimeSpan.Zero || options.MaxQueueDelay > TimeSpan.FromSeconds(10))
            yield return Invariant($"{nameof(options.MaxQueueDelay)} is {options.MaxQueueDelay}; it must be from zero to 10 seconds.");
        if (Time(options.MaxExpectedWait, nameof(options.MaxExpectedWait)) is { } wait) yield return wait;
        if (Time(options.RequestTimeout, nameof(options.RequestTimeout)) is { } timeout) yield return timeout;
        if (Time(options.ModelPollInterval, nameof(options.ModelPollInterval)) is { } interval) yield return interval;
        if (options.ShutdownTimeout < TimeSpan.Zero || options.ShutdownTimeout > ConvNeXtClassifierOptions.LongestTime)
            yield return Invariant($"{nameof(options.ShutdownTimeout)} is {options.ShutdownTimeout}; it must be from zero to 24 days.");
        if (options.ImageRootFolder is { } folder && (folder.Length == 0 || folder.Contains('\0')))
            yield return $"{nameof(options.ImageRootFolder)} is not a valid path; null allows files anywhere.";
        if (options.VerificationLabel is not null && options.VerificationImage is null)
            yield return $"{nameof(options.VerificationLabel)} is set, but {nameof(options.VerificationImage)} is not.";
    }

    private static string? Range(int value, int least, int most, string name) =>
        value >= least && value <= most ? null : Invariant($"{name} is {value}; it must be from {least} to {most}.");

    private static string? Time(TimeSpan value, string name)
    {
        bool valid = value == Timeout.InfiniteTimeSpan || (value > TimeSpan.Zero && value <= ConvNeXtClassifierOptions.LongestTime);
        return valid ? null : Invariant($"{name} is {value}; it must be above zero and at most 24 days, or infinite.");
    }
}
