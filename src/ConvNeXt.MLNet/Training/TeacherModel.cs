using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Weights;

namespace ConvNeXt.MLNet.Training;

/// <summary>A trained classifier as the teacher of a training run.</summary>
internal static class TeacherModel
{
    /// <summary>Checks the options of the teacher, as far as that is possible without data.</summary>
    /// <exception cref="ArgumentException">The model does not contain exactly one classifier, or an option is out of range.</exception>
    public static void Check(ConvNeXtTrainer.Options options)
    {
        if (options.Teacher is { } model) InitialModel.Find(model, nameof(options.Teacher));
        else if (options.Distillation is not null)
            throw new ArgumentException($"Option {nameof(options.Distillation)} needs a {nameof(options.Teacher)} to learn from.", nameof(options));
        options.Distillation?.Validate();
    }

    /// <summary>Returns the teacher with its classes matched with those of the training data by label value; null if no teacher is set.</summary>
    /// <exception cref="ArgumentException">The teacher has other labels than the training data; the message lists them.</exception>
    public static TrainingTeacher? Create(ConvNeXtTrainer.Options options, LabelColumn label)
    {
        if (options.Teacher is null) return null;
        ConvNeXtClassificationTransformer model = InitialModel.Find(options.Teacher, nameof(options.Teacher));
        return new TrainingTeacher
        {
            Config = model.Config,
            Weights = model.Weights,
            Preprocessing = model.Preprocessing,
            Classes = MatchClasses(model, label),
            Calibration = model.Temperature,
            Options = options.Distillation ?? new DistillationOptions(),
        };
    }

    private static ImmutableArray<int>? MatchClasses(ConvNeXtClassificationTransformer model, LabelColumn label)
    {
        if (label.Values is null || model.LabelNames.Count == 0)
        {
            // Without values, only the class count can be compared.
            if (model.Config.ClassCount == label.ClassCount) return null;
            throw new ArgumentException(
                $"The model in option {nameof(ConvNeXtTrainer.Options.Teacher)} has {model.Config.ClassCount} classes, the label column '{label.Column.Name}' "
                + $"{label.ClassCount}; they must have the same.");
        }

        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int row = 0; row < model.LabelNames.Count; row++) known.TryAdd(model.LabelNames[row], row);
        string[] unknown = [.. label.Values.Names.Where(name => !known.ContainsKey(name))], added = [.. known.Keys.Except(label.Values.Names)];
        if (unknown.Length == 0 && added.Length == 0) return [.. label.Values.Names.Select(name => known[name])];
        throw new ArgumentException(
            $"The labels of the model in option {nameof(ConvNeXtTrainer.Options.Teacher)} are not those of column '{label.Column.Name}'."
            + $"{List(" Missing in the model: ", unknown)}{List(" Only in the model: ", added)} A teacher must know the same labels, in any order.");
    }

    private static string List(string what, string[] labels) => labels.Length == 0 ? "" : $"{what}{ColumnErrors.List(labels)}.";
}
