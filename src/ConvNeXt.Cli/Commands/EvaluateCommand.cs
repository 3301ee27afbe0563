using System.CommandLine;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Commands;

/// <summary>convnext evaluate: how good a model is on labeled images.</summary>
internal static class EvaluateCommand
{
    public static Command Create(ToolConsole console, CancellationToken cancellation)
    {
        Argument<string> model = CommonOptions.CreateModel();
        Argument<string> folder = CommonOptions.CreateFolder();
        Option<bool> json = CommonOptions.CreateJson();
        Option<bool> details = new("--details") { Description = "With --json: also intervals, classes, confusion matrix, calibration and unreadable images." };
        Option<bool> gpu = CommonOptions.CreateGpu(), int8 = CommonOptions.CreateInt8();
        Option<string?> report = ReportCommand.CreateOption();
        Option<string?> against = new("--against") { Description = "Compare with an earlier model file on the same images.", HelpName = "MODEL" };
        Option<bool> corruptions = new("--corruptions") { Description = "Also evaluate with noise, blur, weather and compression (ImageNet-C)." };
        var command = new Command("evaluate", "Measure how good a model is on labeled images that it was not trained on.")
        {
            model, folder, gpu, int8, json, details, report, against, corruptions,
        };
        command.Validators.Add(result => CommonOptions.RefuseBoth(result, gpu, int8));
        command.SetAction(result => Evaluation.Write(
            console,
            new ModelChoice(result.GetRequiredValue(model), result.GetValue(gpu), result.GetValue(int8)),
            result.GetRequiredValue(folder),
            new EvaluationFormat(
                result.GetValue(json), result.GetValue(details), result.GetValue(report), result.GetValue(against), result.GetValue(corruptions)),
            cancellation));
        return command;
    }
}
