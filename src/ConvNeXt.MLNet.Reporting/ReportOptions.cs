using ConvNeXt.MLNet.Evaluation;

namespace ConvNeXt.MLNet.Reporting;

/// <summary>What a report contains besides the evaluation.</summary>
public sealed record ReportOptions
{
    /// <summary>The title of the page.</summary>
    public string Title { get; init; } = "Image classifier";

    /// <summary>
    /// A folder of labeled images, with one subfolder per class or with the parts train, val and test, that is checked for duplicates, odd pictures and
    /// probable label errors; null for no check.
    /// </summary>
    public string? DataFolder { get; init; }

    /// <summary>Whether the images are known not to have been trained on; the page calls them unseen then.</summary>
    public bool AreUnseen { get; init; }

    /// <summary>The predictions of the images, in their order, if they were computed before; null to compute them.</summary>
    public IReadOnlyList<ImagePrediction>? Predictions { get; init; }

    /// <summary>The metrics file of the training (<see cref="Backbone.Training.TrainingOptions.MetricsFile"/>); null for no training curves.</summary>
    public string? MetricsFile { get; init; }

    /// <summary>
    /// The license of the weights that training started from; null for the one in the model (<see cref="ConvNeXtClassificationTransformer.WeightsLicense"/>).
    /// </summary>
    public string? WeightsLicense { get; init; }

    /// <summary>Names and values to list, such as the options of the training.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];

    /// <summary>The number of mistakes that are shown with heat maps, from 0 to 100.</summary>
    public int WorstMistakes { get; init; } = 12;

    /// <summary>
    /// The number of pictures on the page, from 0 to 1000: those of findings and mistakes first. One takes about 10 KB. Others are listed by name.
    /// </summary>
    public int Pictures { get; init; } = 300;

    /// <summary>Called with the number of steps done and of all steps, from any thread; null for no reports.</summary>
    public Action<int, int>? Progress { get; init; }

    internal void Validate()
    {
        Backbone.Check.InRange(WorstMistakes, 0, 100, nameof(WorstMistakes));
        Backbone.Check.InRange(Pictures, 0, 1000, nameof(Pictures));
    }
}
