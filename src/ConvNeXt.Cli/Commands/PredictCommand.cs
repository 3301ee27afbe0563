using System.CommandLine;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Sharding;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext predict: a row for each picture.</summary>
internal static class PredictCommand
{
    public static Command Create(ToolConsole console, CancellationToken cancellation)
    {
        Argument<string> model = CommonOptions.CreateModel();
        Argument<string[]> files = new("FILES")
        {
            Description = "Images, folders of images, or patterns such as photos/*.jpg.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<int?> top = CommonOptions.CreateNumber("--top", "Number of most likely labels per image (default 3).", 1);
        Option<double?> threshold = CommonOptions.CreateShare("--threshold", "Say 'unsure' where the most likely label has a lower probability.");
        Option<bool> recursive = new("--recursive", "-r") { Description = "Look for images in the subfolders of folders, too." };
        Option<Shard?> shard = new("--shard")
        {
            Description = "Only a part of the images, such as 1/4. The part of an image depends on its path alone.",
            HelpName = "I/N",
            CustomParser = argument => Shard.Parse(argument.Tokens[0].Value) is { } part ? part : Fail(argument),
        };
        Option<string?> output = new("--output", "-o")
        {
            Description = "Write the result to this file, as CSV or JSON if its name ends so; it appears when it is complete.",
            HelpName = "FILE",
        };
        Option<bool> gpu = CommonOptions.CreateGpu(), int8 = CommonOptions.CreateInt8();
        Option<bool> csv = new("--csv") { Description = "Write the result as CSV." };
        Option<bool> json = CommonOptions.CreateJson();
        var command = new Command("predict", "Classify images with a model.")
        {
            model, files, top, threshold, recursive, shard, output, gpu, int8, csv, json,
        };
        command.Validators.Add(result => CommonOptions.RefuseBoth(result, gpu, int8));
        command.Validators.Add(result =>
        {
            if (result.GetValue(csv) && result.GetValue(json)) result.AddError("--csv and --json cannot both be given.");
        });
        command.SetAction(result =>
        {
            string? file = result.GetValue(output);
            PredictionLayout layout = result.GetValue(csv) ? PredictionLayout.Csv : result.GetValue(json) ? PredictionLayout.Json : LayoutOf(file);
            var request = new PredictRequest
            {
                Model = new ModelChoice(result.GetRequiredValue(model), result.GetValue(gpu), result.GetValue(int8)),
                Images = ImageFileList.Find(result.GetRequiredValue(files), result.GetValue(recursive)),
                Format = new PredictionFormat(layout, result.GetValue(top) ?? 3, result.GetValue(threshold)),
                Shard = result.GetValue(shard),
                Output = file,
            };
            return PredictionRun.Execute(console, request, cancellation);
        });
        return command;

        static PredictionLayout LayoutOf(string? file) => Path.GetExtension(file)?.ToLowerInvariant() switch
        {
            ".csv" => PredictionLayout.Csv,
            ".json" => PredictionLayout.Json,
            _ => PredictionLayout.Text,
        };

        static Shard? Fail(System.CommandLine.Parsing.ArgumentResult argument)
        {
            argument.AddError($"--shard is '{argument.Tokens[0].Value}', but must be a part such as 1/4: the first of four.");
            return null;
        }
    }
}
