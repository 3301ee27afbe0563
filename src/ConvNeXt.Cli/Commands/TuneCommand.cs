using System.CommandLine;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.Cli.Tuning;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext tune: searches for settings that fit the images better than the default ones, and trains a model with them.</summary>
internal static class TuneCommand
{
    public static Command Create(ToolConsole console, CancellationToken cancellation)
    {
        Argument<string> folder = CommonOptions.CreateFolder();
        Option<TimeSpan?> time = CommonOptions.CreateTime(
            "--time", "The time for search, measurement and final training: seconds, or a number with s, m or h. 15m unless --trials is given.");
        Option<int?> trials = CommonOptions.CreateNumber("--trials", "Number of settings to try. Without --time, the same seed gives the same search.", 1);
        Option<string?> output = CommonOptions.CreateModelOutput();
        Option<int?> size = CommonOptions.CreateNumber("--size", "Search at this width and height of the network's input in pixels only.", 32, 4096);
        Option<int?> epochs = CommonOptions.CreateNumber("--epochs", "Number of passes over the images of the default settings.", 1);
        Option<int?> batch = CommonOptions.CreateNumber("--batch", "Number of images per step.", 1);
        Option<int?> seed = CommonOptions.CreateNumber("--seed", "Seed of the search and of all trainings (default 1).", 0);
        Option<string?> weights = new("--weights")
        {
            Description = "Pretrained weights: a file or a model id such as timm/convnext_tiny.fb_in22k. Without, those in the tool.",
            HelpName = "WEIGHTS",
        };
        Option<bool> nonCommercial = CommonOptions.CreateNonCommercial();
        Option<string?> license = CommonOptions.CreateWeightsLicense();
        Option<bool> resume = new("--resume") { Description = "Continue the newest search on this folder that was canceled or killed." };
        Option<string> runs = CommonOptions.CreateRuns("The folder for the folders of searches.");
        Option<bool> json = CommonOptions.CreateJson();
        var command = new Command("tune", "Search for training settings that fit the images better than the default ones, and train a model with them.")
        {
            folder, time, trials, output, size, epochs, batch, seed, weights, nonCommercial, license, resume, runs, json,
        };
        command.SetAction(result => new TuneRun(console, cancellation).Execute(
            new TuneRequest
            {
                Data = Path.GetFullPath(result.GetRequiredValue(folder)),
                Output = result.GetValue(output) is { } file ? Path.GetFullPath(file) : null,
                Time = result.GetValue(time),
                Trials = result.GetValue(trials),
                ImageSize = result.GetValue(size),
                Epochs = result.GetValue(epochs),
                BatchSize = result.GetValue(batch),
                Seed = result.GetValue(seed),
                Weights = result.GetValue(weights),
                AcceptNonCommercialLicense = result.GetValue(nonCommercial),
                WeightsLicense = result.GetValue(license),
            },
            result.GetRequiredValue(runs), result.GetValue(resume), result.GetValue(json)));
        return command;
    }
}
