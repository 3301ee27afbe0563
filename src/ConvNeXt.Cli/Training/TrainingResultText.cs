using System.Text.Json;
using ConvNeXt.Cli.Output;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using static System.FormattableString;

namespace ConvNeXt.Cli.Training;

/// <summary>How a run ended, as text and as JSON.</summary>
/// <param name="Run">The folder of the run.</param>
/// <param name="Model">The model file.</param>
/// <param name="IsCanceled">Whether it was canceled.</param>
/// <param name="Epochs">Number of completed epochs.</param>
/// <param name="Time">The time it took.</param>
/// <param name="HeldOut">Evaluation on the images that were held out; null if there are none.</param>
/// <param name="Test">Evaluation on the test folder; null if the data has no test folder.</param>
internal sealed record TrainingResultText(
    string Run, string Model, bool IsCanceled, int Epochs, TimeSpan Time, ClassificationReport? HeldOut, ClassificationReport? Test)
{
    /// <summary>Name of the JSON property that says whether a run was canceled.</summary>
    public const string Canceled = "canceled";

    /// <summary>Returns the result as JSON.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("run", Run);
        json.WriteString("model", Model);
        json.WriteBoolean(Canceled, IsCanceled);
        json.WriteNumber("epochs", Epochs);
        json.WriteNumber("seconds", Math.Round(Time.TotalSeconds, 1));
        WriteReport(json, "heldOut", HeldOut);
        WriteReport(json, "test", Test);
        json.WriteEndObject();
    }

    /// <summary>Writes the result as a few lines.</summary>
    public void WriteText(TextWriter output)
    {
        output.WriteLine(Invariant($"{(IsCanceled ? "Canceled" : "Trained")} after {Epochs} epochs in {Time.TotalSeconds:0} s."));
        if (HeldOut is not null) output.WriteLine($"Accuracy on held-out images: {Evaluation.Describe(HeldOut)}");
        if (Test is not null) output.WriteLine($"Accuracy on the part for testing: {Evaluation.Describe(Test)}");
        output.WriteLine($"Run:   {Run}");
        output.WriteLine($"Model: {Model}");
    }

    private static void WriteReport(Utf8JsonWriter json, string name, ClassificationReport? report)
    {
        if (report is null) json.WriteNull(name);
        else json.WriteScore(name, report.Images, report.Accuracy, report.LogLoss);
    }
}
