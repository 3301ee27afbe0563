using System.Globalization;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Tuning;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>
/// The default with other values, written <c>NAME:SETTING=VALUE+SETTING=VALUE</c>, such as <c>slow:learningRate=5e-4+minSteps=800</c>. Settings are those of
/// <see cref="TunedOption"/>, the ones below, and <c>weights</c>, a file.
/// </summary>
/// <param name="Name">In the runs and in the table.</param>
/// <param name="Settings">Values by setting.</param>
internal sealed record RecipeVariant(string Name, IReadOnlyDictionary<string, string> Settings)
{
    private const string Weights = "weights";

    /// <summary>What a search does not change.</summary>
    private static readonly Dictionary<string, Func<TrainingOptions, double, TrainingOptions>> _others = new()
    {
        ["epochs"] = (options, value) => options with { Epochs = (int)value },
        ["minSteps"] = (options, value) => options with { MinSteps = (int)value },
        ["trainImageScale"] = (options, value) => options with { TrainingImageScale = value },
        ["cropScale"] = (options, value) => options with { Crop = (options.Crop ?? new()) with { MinScale = value } },
        ["erasing"] = (options, value) => options with { RandomErasing = value == 0 ? null : (options.RandomErasing ?? new()) with { Probability = value } },
        ["average"] = (options, value) => options with
        {
            AverageDecay = value == 0 ? null : value,
            WeightSelection = value == 0 ? WeightSelection.Current : WeightSelection.Average,
        },
    };

    /// <exception cref="BenchmarkException">The text is not of that form, or a value is not a number.</exception>
    /// <exception cref="ArgumentException">A setting is unknown, or a value is out of range.</exception>
    public static RecipeVariant Parse(string text)
    {
        string[][] pairs = [.. text[(text.IndexOf(':') + 1)..].Split('+').Select(pair => pair.Split('='))];
        if (text.IndexOf(':') < 1 || pairs.Any(pair => pair is not [{ Length: > 0 }, { Length: > 0 }]))
            throw new BenchmarkException($"--variants: '{text}' is not NAME:SETTING=VALUE+SETTING=VALUE.");
        var variant = new RecipeVariant(text[..text.IndexOf(':')], pairs.ToDictionary(pair => pair[0], pair => pair[1]));
        try
        {
            variant.Options();
        }
        catch (ArgumentException e)
        {
            throw new BenchmarkException($"--variants: '{text}': {e.Message} Beside these there are {Weights}, {string.Join(", ", _others.Keys)}.");
        }
        return variant;
    }

    /// <summary>The options of the trainer.</summary>
    public ConvNeXtTrainer.Options Options()
    {
        var numbers = Settings.Where(pair => pair.Key != Weights).ToDictionary(pair => pair.Key, pair => Number(pair.Key, pair.Value));
        var options = new ConvNeXtTrainer.Options
        {
            Weights = Settings.GetValueOrDefault(Weights),
            Recipe = Recipe.FewImages.With(training => _others.Where(other => numbers.ContainsKey(other.Key))
                .Aggregate(training, (changed, other) => other.Value(changed, numbers[other.Key]))),
        };
        return options.WithSettings(numbers.Where(pair => !_others.ContainsKey(pair.Key)).ToDictionary());
    }

    private static double Number(string setting, string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        ? number
        : throw new BenchmarkException($"--variants: {setting} is '{text}'; it must be a number.");
}
