using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Sharding;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Output;

/// <summary>What to predict and where to write it.</summary>
internal sealed record PredictRequest
{
    /// <summary>The model, and what computes it.</summary>
    public required ModelChoice Model { get; init; }

    /// <summary>The images of all parts, sorted.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>How the rows look.</summary>
    public required PredictionFormat Format { get; init; }

    /// <summary>The part of the images to predict; null for all.</summary>
    public Shard? Shard { get; init; }

    /// <summary>The file to write; null for stdout.</summary>
    public string? Output { get; init; }
}

/// <summary>Predicts all images or a part of them, to stdout or to a file. A part whose file is finished is not computed again.</summary>
internal static class PredictionRun
{
    /// <summary>Runs the prediction.</summary>
    /// <exception cref="UsageException">The output exists and is not this part, or a part is to be written to a file as text.</exception>
    /// <exception cref="DataUnusableException">None of the images can be read.</exception>
    public static int Execute(ToolConsole console, PredictRequest request, CancellationToken cancellation)
    {
        PredictionFormat format = request.Format;
        IReadOnlyList<string> images = request.Images;
        if (request.Shard is { } shard)
        {
            images = [.. images.Where(shard.Contains)];
            if (format.Layout == PredictionLayout.Text && request.Output is not null)
                throw new UsageException("--shard with --output needs --csv or --json, which 'convnext merge' reads; or let the file end with .csv or .json.");
            ModelFiles.CheckExists(request.Model.Path);
            format = format with { Part = PartDescription.Create(shard, request.Images, request.Model, format.Top, format.Threshold) };
        }
        if (request.Output is not { } file)
        {
            Predictions.Write(console, console.Output, ModelFiles.Load(request.Model), images, format, cancellation);
            return ExitCode.Ok;
        }
        if (format.Part is not null && PartFile.FindDescription(file) == format.Part)
        {
            console.Tell($"'{file}' is finished already.");
        }
        else
        {
            ModelFiles.CheckNew(file);
            var classifier = ModelFiles.Load(request.Model);
            OutputFile.Write(file, writer => Predictions.Write(console, writer, classifier, images, format, cancellation));
        }
        console.Output.WriteLine(file);
        return ExitCode.Ok;
    }
}
