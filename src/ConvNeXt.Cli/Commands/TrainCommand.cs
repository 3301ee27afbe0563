using System.CommandLine;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.Cli.Training;
using ConvNeXt.Cli.Tuning;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext train: checks the images, says what training will take, trains, and leaves a folder with everything about the run.</summary>
internal static class TrainCommand
{
    public static Command Create(ToolConsole console, CancellationToken cancellation)
    {
        Argument<string> folder = CommonOptions.CreateFolder();
        folder.Arity = ArgumentArity.ZeroOrOne; // a project file may name it
        Option<string?> output = CommonOptions.CreateModelOutput();
        Option<TimeSpan?> time = CommonOptions.CreateTime("--time", "Train at most so long: seconds, or a number with s, m or h, such as 15m.");
        Option<int?> size = CommonOptions.CreateNumber("--size", "Width and height of the network's input in pixels.", 32, 4096);
        Option<int?> epochs = CommonOptions.CreateNumber("--epochs", "Number of passes over the images.", 1);
        Option<int?> batch = CommonOptions.CreateNumber("--batch", "Number of images per step.", 1);
        Option<int?> seed = CommonOptions.CreateNumber("--seed", "Seed (default 1): the same seed and data give the same model, unless --time is given.", 0);
        Option<string?> weights = new("--weights")
        {
            Description = "Pretrained weights: a file, a model id such as timm/convnext_tiny.fb_in22k, or none. Without, those in the tool.",
            HelpName = "WEIGHTS",
        };
        Option<bool> nonCommercial = CommonOptions.CreateNonCommercial();
        Option<string?> license = CommonOptions.CreateWeightsLicense();
        Option<bool> gpu = CommonOptions.CreateGpu();
        Option<bool> resume = new("--resume") { Description = "Continue the newest run on this folder that was canceled or killed." };
        Option<bool> dryRun = new("--dry-run") { Description = "Check the images and say what training would take; write nothing." };
        Option<string?> settings = new("--settings")
        {
            Description = "Train with the settings that a search chose: settings.json in the folder of convnext tune. --size comes before them.",
            HelpName = "FILE",
        };
        Option<string> runs = CommonOptions.CreateRuns("The folder for the folders of runs.");
        ProjectOptions project = new();
        Option<string?> report = ReportCommand.CreateOption();
        Option<bool> json = CommonOptions.CreateJson();
        var command = new Command("train", "Train a classifier on a folder of labeled images.")
        {
            folder, output, time, size, epochs, batch, seed, settings, weights, nonCommercial, license, gpu, resume, dryRun, runs, report,
            project.Config, project.MbConfig, project.Code, project.Namespace, json,
        };
        command.Validators.Add(result => project.Validate(result, folder, output));
        command.Validators.Add(result =>
        {
            if (result.GetValue(settings) is not null && result.GetValue(project.Code))
                result.AddError("--settings and --code cannot both be given: the code would train with other settings.");
        });
        command.SetAction(result => new TrainingRun(console, cancellation).Execute(
            project.Apply(console, result, new TrainRequest
            {
                Data = result.GetValue(folder) is { } data ? Path.GetFullPath(data) : "",
                Output = result.GetValue(output) is { } file ? Path.GetFullPath(file) : null,
                Time = result.GetValue(time),
                ImageSize = result.GetValue(size),
                Epochs = result.GetValue(epochs),
                BatchSize = result.GetValue(batch),
                Seed = result.GetValue(seed),
                Weights = result.GetValue(weights),
                AcceptNonCommercialLicense = result.GetValue(nonCommercial),
                WeightsLicense = result.GetValue(license),
                Settings = result.GetValue(settings) is { } chosen ? SettingsFile.Read(chosen) : null,
                Gpu = result.GetValue(gpu),
            }),
            new TrainMode(result.GetRequiredValue(runs), result.GetValue(resume), result.GetValue(dryRun), result.GetValue(json), result.GetValue(report))));
        return command;
    }
}
