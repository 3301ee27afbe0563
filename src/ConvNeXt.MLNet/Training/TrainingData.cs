using System.Globalization;
using ConvNeXt.Backbone;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Training;

/// <summary>Checks the training set and selects the validation set.</summary>
internal static class TrainingData
{
    private const int FewImages = 10, MostNames = 5;

    /// <summary>Checks that there are labeled images of at least two classes, or images without a label, which a teacher teaches.</summary>
    /// <exception cref="InvalidOperationException">There are no rows to train on, or rows of only one class.</exception>
    public static void Check(LabeledImages images, LabelColumn label, IChannel channel)
    {
        string name = label.Column.Name;
        if (images.RowsWithoutLabel > 0)
            channel.Warning(MessageSensitivity.Schema, "{0} rows were skipped because their label (column '{1}') is missing.", images.RowsWithoutLabel, name);
        if (images.Count == 0)
            throw new InvalidOperationException($"The training data has no rows with a label in column '{name}'.");
        if (images.Unlabeled > 0)
            channel.Info(MessageSensitivity.None, "{0} images without a label learn from the teacher only.", images.Unlabeled);
        else if (images.Labels.All(l => l == images.Labels[0]))
        {
            throw new InvalidOperationException(
                $"All {images.Count} rows of the training data have the label {label.NameOf(images.Labels[0])} in column '{name}'; at least two classes are needed.");
        }
        var few = images.Labels.Where(l => l >= 0).CountBy(l => l).Where(group => group.Value < FewImages).OrderBy(group => group.Value).ToList();
        if (few.Count == 0) return;
        string names = string.Join(", ", few.Take(MostNames).Select(group => FormattableString.Invariant($"{label.NameOf(group.Key)} ({group.Value})")));
        channel.Warning(
            MessageSensitivity.UserData,
            "{0} classes have fewer than {1} images: {2}{3}. What is measured on so few says little; more images of them help most.",
            few.Count,
            FewImages,
            names,
            few.Count > MostNames ? ", ..." : "");
    }

    /// <summary>Returns the images to train on and those to validate on; null for no validation.</summary>
    /// <exception cref="InvalidOperationException">The validation set has no labeled rows, or a label that is not in the training data.</exception>
    public static (LabeledImages Training, LabeledImages? Validation) Split(
        IHost host, LabeledImages images, LabelColumn label, ConvNeXtTrainer.Options options, long seed, ImageStores stores, IChannel channel)
    {
        if (options.ValidationSet is { } data) return (images, ReadValidation(host, data, label, options, stores, channel));
        if (options.ValidationSetFraction is not { } fraction) return (images, null);
        (int[] training, int[] validation) = StratifiedSplit.Create(images.Labels, fraction, seed);
        if (validation.Length > 0) return (images.Select(training), images.Select(validation));
        channel.Warning(
            MessageSensitivity.None,
            "{0} images are too few to hold out a fraction of {1} of each class for validation; nothing is evaluated.",
            images.Count,
            fraction.ToString(CultureInfo.InvariantCulture));
        return (images, null);
    }

    private static LabeledImages ReadValidation(
        IHost host, IDataView data, LabelColumn label, ConvNeXtTrainer.Options options, ImageStores stores, IChannel channel)
    {
        DataViewSchema.Column image = ImageColumn.Find(data.Schema, options.ImageColumnName);
        DataViewSchema.Column other = LabelColumn.FindAny(data.Schema, options.LabelColumnName, "validation set");
        LabeledImages images = LabeledImages.Read(
            host, data, image, other, row => label.CreateReaderOf(row, other), options.ImageRootFolder, stores.Create(), options.CancellationToken);
        if (images.RowsWithoutLabel > 0)
            channel.Warning(MessageSensitivity.Schema, "{0} rows of the validation set were skipped because their label is missing.", images.RowsWithoutLabel);
        if (images.Count == 0)
            throw new InvalidOperationException($"The validation set has no rows with a label in column '{other.Name}'.");
        return images;
    }
}
