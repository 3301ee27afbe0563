using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.Cli.Terminal;
using static System.FormattableString;

namespace ConvNeXt.Cli.Output;

/// <summary>Lists the published weights that are downloaded by a model id.</summary>
internal static class PublishedWeights
{
    /// <summary>Writes the list.</summary>
    public static int Write(ToolConsole console, bool json)
    {
        PretrainedModel[] models = [.. PretrainedModels.All.Where(model => model.HubId is not null)];
        if (json)
        {
            JsonText.Write(console.Output, writer =>
            {
                writer.WriteStartObject();
                writer.WriteArray("models", models, model =>
                {
                    writer.WriteString("id", model.HubId);
                    writer.WriteString("network", ConvNeXtArchitectures.Get(model.Variant).Name);
                    writer.WriteNumber("parameters", Parameters(model));
                    writer.WriteNumber("classes", model.ClassCount);
                    writer.WriteNumber("imageSize", model.Preprocessing.Size);
                    writer.WriteString("trainedOn", model.TrainedOn);
                    writer.WriteString("license", model.License.Id);
                    writer.WriteBoolean("nonCommercial", model.License.NonCommercial);
                });
                writer.WriteEndObject();
            });
            return ExitCode.Ok;
        }
        TextTable.Write(console.Output, ["id", "parameters", "pixels", "classes", "license"], models.Select(model => (IReadOnlyList<string>)
        [
            model.HubId!, Invariant($"{Parameters(model) / 1e6:0.0} M"), Invariant($"{model.Preprocessing.Size}"), Invariant($"{model.ClassCount}"),
            model.License.Id + (model.License.NonCommercial ? " (non-commercial)" : ""),
        ]));
        return ExitCode.Ok;
    }

    private static long Parameters(PretrainedModel model) =>
        NetworkCost.Parameters(ConvNeXtArchitectures.Get(model.Variant) with { ClassCount = model.ClassCount });
}
