using System.Text.Json;
using ConvNeXt.MLNet;
using static System.FormattableString;

namespace ConvNeXt.Cli.Training;

/// <summary>What a run will take, as text and as JSON.</summary>
internal static class PlanText
{
    /// <summary>Describes the plan in a few lines.</summary>
    public static string Describe(ConvNeXtTrainingPlan plan)
    {
        TimeSpan time = plan.Duration;
        string duration = time.TotalMinutes < 2 ? Invariant($"{time.TotalSeconds:0} s")
            : time.TotalHours < 2 ? Invariant($"{time.TotalMinutes:0} min")
            : Invariant($"{time.TotalHours:0.0} h");
        return Invariant($"{plan.Info}{Environment.NewLine}  Takes about {duration} and {plan.MemoryBytes / 1e6:N0} MB of memory.");
    }

    /// <summary>Writes the plan as JSON.</summary>
    public static void WriteJson(Utf8JsonWriter json, ConvNeXtTrainingPlan plan)
    {
        json.WriteStartObject();
        json.WriteNumber("trainingImages", plan.Info.TrainingImages);
        json.WriteNumber("heldOutImages", plan.Info.ValidationImages);
        json.WriteNumber("classes", plan.Info.Network.ClassCount);
        json.WriteString("network", plan.Info.Network.Name);
        json.WriteString("start", plan.Info.Start);
        json.WriteString("recipe", plan.Info.Recipe);
        json.WriteNumber("epochs", plan.Info.Options.Epochs);
        json.WriteNumber("imageSize", plan.Info.Options.Preprocessing.Size);
        json.WriteString("engine", plan.Info.Engine);
        json.WriteNumber("seconds", Math.Round(plan.Duration.TotalSeconds, 1));
        json.WriteNumber("memoryBytes", plan.MemoryBytes);
        json.WriteEndObject();
    }
}
