using System.Globalization;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>The default with other values, written <c>NAME:SETTING=VALUE+SETTING=VALUE</c>, such as <c>slow:rate=5e-4+steps=800</c>.</summary>
/// <param name="Name">In the runs and in the table.</param>
/// <param name="Settings">Values by setting.</param>
internal sealed record RecipeVariant(string Name, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>How each setting changes the recipe.</summary>
    private static readonly Dictionary<string, Func<TrainingOptions, double, TrainingOptions>> Changes = new()
    {
        ["rate"] = (options, value) => options with { LearningRate = value },
        ["decay"] = (options, value) => options with { LayerDecay = value },
        ["weightdecay"] = (options, value) => options with { WeightDecay = value },
        ["epochs"] = (options, value) => options with { Epochs = (int)value },
        ["steps"] = (options, value) => options with { MinSteps = (int)value },
        ["batch"] = (options, value) => options with { BatchSize = (int)value },
        ["pixels"] = (options, value) => options with { Preprocessing = ImagePreprocessing.ForSize((int)value) },
        ["trainscale"] = (options, value) => options with { TrainingImageScale = value },
        ["solve"] = (options, value) => options with { SolveHead = value != 0 },
        ["average"] = (options, value) => options with
        {
            AverageDecay = value == 0 ? null : value,
            WeightSelection = value == 0 ? WeightSelection.Current : WeightSelection.Average,
        },
        ["normalize"] = (options, value) => options with { NormalizeByTrainingSet = value != 0 },
        ["smoothing"] = (options, value) => options with { LabelSmoothing = value },
        ["minscale"] = (options, value) => options with { Crop = new RandomResizedCrop { MinScale = value } },
        ["erasing"] = (options, value) => options with { RandomErasing = value == 0 ? null : new RandomErasing { Probability = value } },
        ["mixup"] = (options, value) => options with { Mixup = value == 0 ? null : new Mixup { Probability = value } },
        ["jitter"] = (options, value) => options with { ColorJitter = value == 0 ? null : new ColorJitter { Brightness = value, Contrast = value, Saturation = value } },
    };

    /// <exception cref="BenchmarkException">The text is not of that form, or a setting is unknown.</exception>
    public static RecipeVariant Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        if (parts is not [{ Length: > 0 } name, { Length: > 0 } list]) throw new BenchmarkException($"'{text}' is not NAME:SETTING=VALUE+SETTING=VALUE.");
        var settings = list.Split('+').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : "");
        foreach (string setting in settings.Keys.Where(setting => setting is not ("weights" or "validation") && !Changes.ContainsKey(setting)))
            throw new BenchmarkException($"'{setting}' is not a setting; there are weights, validation, {string.Join(", ", Changes.Keys)}.");
        return new(name, settings);
    }

    /// <summary>The options of the trainer.</summary>
    public ConvNeXtTrainer.Options Options()
    {
        var options = new ConvNeXtTrainer.Options
        {
            Recipe = Recipe.FewImages.With(training => Settings.Where(pair => Changes.ContainsKey(pair.Key))
                .Aggregate(training, (changed, pair) => Changes[pair.Key](changed, Number(pair.Value)))),
        };
        if (Settings.TryGetValue("weights", out string? weights)) options.Weights = weights;
        if (Settings.TryGetValue("validation", out string? fraction)) options.ValidationSetFraction = Number(fraction) is > 0 and var share ? (float)share : null;
        return options;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
