using System.Text.Json;
using ConvNeXt.Cli.Output;
using ConvNeXt.MLNet.Tuning;
using static System.FormattableString;

namespace ConvNeXt.Cli.Tuning;

/// <summary>How a search ended, as text and as JSON.</summary>
/// <param name="Run">The folder of the search.</param>
/// <param name="Model">The model file; null if the search was canceled.</param>
/// <param name="Settings">The file of the chosen settings.</param>
/// <param name="Result">The result.</param>
internal sealed record TuneResultText(string Run, string? Model, string Settings, TuningResult Result)
{
    private const int ShownTrials = 8;

    /// <summary>Returns the result as JSON.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("run", Run);
        json.WriteString("model", Model);
        json.WriteBoolean("canceled", Result.IsCanceled);
        json.WriteNumber("seconds", Math.Round(Result.Elapsed.TotalSeconds, 1));
        json.WriteNumber("chosen", Result.Chosen.Number);
        json.WritePropertyName("settings");
        SettingsFile.Write(json, Result.Chosen.Settings);
        WriteScore(json, "heldOut", Result.HeldOut);
        WriteScore(json, "defaultHeldOut", Result.DefaultHeldOut);
        json.WriteArray("trials", Result.Trials, trial =>
        {
            json.WriteNumber("trial", trial.Number);
            json.WriteString("name", trial.Name);
            json.WriteNumber("stepShare", trial.StepShare);
            json.WriteNumber("splits", trial.Splits);
            WriteScore(json, "score", trial.Score);
            json.WriteNumber("seconds", Math.Round(trial.Elapsed.TotalSeconds, 1));
            json.WriteString("failure", trial.Failure);
            json.WritePropertyName("settings");
            SettingsFile.Write(json, trial.Settings);
        });
        json.WriteStartArray("notes");
        foreach (string note in Result.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes the result as a table and a few lines.</summary>
    public void WriteText(TextWriter output)
    {
        int failed = Result.Trials.Count(trial => trial.Failure is not null);
        string ended = Result.IsCanceled ? "Canceled" : "Done";
        output.WriteLine(Invariant($"{ended} after {Result.Trials.Length} trials ({failed} failed) in {Result.Elapsed.TotalSeconds:0} s."));
        output.WriteLine();
        WriteTrials(output);
        output.WriteLine();
        output.WriteLine($"Chosen: {Result.Chosen.Name}");
        foreach (var (name, value) in Result.Chosen.Settings) output.WriteLine(Invariant($"  {name} {value}"));
        if (Result.HeldOut is { } score) output.WriteLine($"On held-out images, which chose nothing: {score}");
        if (Result.DefaultHeldOut is { } usual && Result.Chosen.Number != TuningTrial.Default)
            output.WriteLine($"The default settings on the same images: {usual}");
        output.WriteLine($"Run:      {Run}");
        output.WriteLine($"Settings: {Settings} (for convnext train --settings)");
        output.WriteLine(Model is null ? "There is no model yet; --resume continues the search." : $"Model:    {Model}");
    }

    // Trials that were trained longest come first, because only they can be compared with each other.
    private void WriteTrials(TextWriter output) => TextTable.Write(
        output, ["trial", "steps", "splits", "log loss", "accuracy", "seconds"],
        Result.Trials.OrderByDescending(trial => trial.StepShare).ThenByDescending(trial => trial.Splits)
            .ThenBy(trial => trial.Score?.LogLoss ?? double.MaxValue).Take(ShownTrials).Select(trial => (IReadOnlyList<string>)
            [
                trial.Name, Invariant($"{trial.StepShare:0.##}"), Invariant($"{trial.Splits}"),
                trial.Score is { } score ? Invariant($"{score.LogLoss:0.000}") : trial.Failure is null ? "-" : "failed",
                trial.Score is { } same ? Invariant($"{same.Accuracy:0.000}") : "-", Invariant($"{trial.Elapsed.TotalSeconds:0}"),
            ]));

    private static void WriteScore(Utf8JsonWriter json, string name, TuningScore? score)
    {
        if (score is null) json.WriteNull(name);
        else json.WriteScore(name, score.Images, score.Accuracy, score.LogLoss);
    }
}
