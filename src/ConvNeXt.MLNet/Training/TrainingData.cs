using System.Globalization;
using ConvNeXt.Backbone;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Training;

/// <summary>Checks a training set, and finds what it is measured on.</summary>
internal static class TrainingData
{
    /// <summary>Checks that there is something to learn.</summary>
    /// <exception cref="InvalidOperationException">There are no labelled rows, or rows of one class only.</exception>
    public static void Check(LabeledImages images, LabelColumn label, IChannel channel)
    {
        string name = label.Column.Name;
        if (images.RowsWithoutLabel > 0)
            channel.Warning(MessageSensitivity.Schema, "{0} rows were left out because their label (column '{1}') is missing.", images.RowsWithoutLabel, name);
        if (images.Count == 0)
            throw new InvalidOperationException($"The training data have no rows with a label in column '{name}'; there is nothing to learn from.");
        if (images.Labels.All(l => l == images.Labels[0]))
        {
            throw new InvalidOperationException(
                $"All {images.Count} rows of the training data have the label {label.NameOf(images.Labels[0])} in column '{name}'; a classifier needs at least two classes.");
        }
    }

    /// <summary>The images to train on and those to measure on, null for none.</summary>
    /// <exception cref="InvalidOperationException">The validation set has no rows, or a label that the training data do not have.</exception>
    public static (LabeledImages Training, LabeledImages? Validation) Split(
        IHost host, LabeledImages images, LabelColumn label, ConvNeXtTrainer.Options options, long seed, ImageStores stores, IChannel channel)
    {
        if (options.ValidationSet is { } data) return (images, ReadValidation(host, data, label, options, stores, channel));
        if (options.ValidationSetFraction is not { } fraction) return (images, null);
        (int[] training, int[] validation) = StratifiedSplit.Create(images.Labels, fraction, seed);
        if (validation.Length > 0) return (images.Select(training), images.Select(validation));
        channel.Warning(
            MessageSensitivity.None,
            "{0} images are too few to keep a share of {1} of each class for validation; nothing is measured.",
            images.Count,
            fraction.ToString(CultureInfo.InvariantCulture));
        return (images, null);
    }

    private static LabeledImages ReadValidation(
        IHost host, IDataView data, LabelColumn label, ConvNeXtTrainer.Options options, ImageStores stores, IChannel channel)
    {
        DataViewSchema.Column image = ImageColumn.Find(data.Schema, options.ImageColumnName);
        DataViewSchema.Column other = LabelColumn.FindAny(data.Schema, options.LabelColumnName, "validation set");
        LabeledImages images = LabeledImages.Read(host, data, image, other, row => label.CreateReaderOf(row, other), options.ImageRootFolder, stores.Create());
        if (images.RowsWithoutLabel > 0)
            channel.Warning(MessageSensitivity.Schema, "{0} rows of the validation set were left out because their label is missing.", images.RowsWithoutLabel);
        if (images.Count == 0)
            throw new InvalidOperationException($"The validation set has no rows with a label in column '{other.Name}'.");
        return images;
    }
}
