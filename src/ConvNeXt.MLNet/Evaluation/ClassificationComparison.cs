using System.Collections.Immutable;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>Two classifiers on the same labeled images: which is better, and whether that may be chance.</summary>
public sealed record ClassificationComparison
{
    private ClassificationComparison()
    {
    }

    /// <summary>The number of images that both could read.</summary>
    public required int Images { get; init; }

    /// <summary>The accuracy of the classifier, from 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The accuracy of the earlier classifier, from 0 to 1.</summary>
    public required double EarlierAccuracy { get; init; }

    /// <summary>The images that only the classifier gets right.</summary>
    public required ImmutableArray<string> Gained { get; init; }

    /// <summary>The images that only the earlier classifier gets right.</summary>
    public required ImmutableArray<string> Lost { get; init; }

    /// <summary>
    /// The exact p-value of McNemar's test (two-sided): the probability of a difference at least as large if both were equally good. Below 0.05, it is hardly
    /// chance.
    /// </summary>
    public double PValue => FindPValue(Gained.Length, Lost.Length);

    /// <summary>Compares the predictions of two classifiers for the same images.</summary>
    /// <param name="predictions">The predictions of the classifier.</param>
    /// <param name="labels">For each of them, the index of the right label; -1 for one that the classifier does not know.</param>
    /// <param name="earlier">The predictions of the earlier classifier for the same images, in the same order.</param>
    /// <param name="earlierLabels">The labels again, as indices into the labels of the earlier classifier.</param>
    /// <exception cref="ArgumentException">The numbers of predictions and labels differ, the images are not the same, or no image was read.</exception>
    public static ClassificationComparison Create(
        IReadOnlyList<ImagePrediction> predictions, IReadOnlyList<int> labels, IReadOnlyList<ImagePrediction> earlier, IReadOnlyList<int> earlierLabels)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(earlierLabels);
        if (predictions.Count != labels.Count || predictions.Count != earlier.Count || predictions.Count != earlierLabels.Count)
        {
            string counts = $"{predictions.Count} and {earlier.Count} predictions, {labels.Count} and {earlierLabels.Count} labels";
            throw new ArgumentException($"There are {counts}; all four numbers must be equal.", nameof(earlier));
        }
        int images = 0, right = 0, earlierRight = 0;
        var gained = new List<string>();
        var lost = new List<string>();
        for (int i = 0; i < labels.Count; i++)
        {
            if (predictions[i].ImagePath != earlier[i].ImagePath)
            {
                string paths = $"'{predictions[i].ImagePath}' for one classifier, '{earlier[i].ImagePath}' for the other";
                throw new ArgumentException($"Image {i} is {paths}.", nameof(earlier));
            }
            if (predictions[i].Problem is not null || earlier[i].Problem is not null) continue;
            images++;
            bool isRight = predictions[i].Class == labels[i], wasRight = earlier[i].Class == earlierLabels[i];
            if (isRight) right++;
            if (wasRight) earlierRight++;
            if (isRight && !wasRight) gained.Add(predictions[i].ImagePath);
            if (!isRight && wasRight) lost.Add(predictions[i].ImagePath);
        }
        if (images == 0) throw new ArgumentException("None of the images could be read.", nameof(predictions));
        return new ClassificationComparison
        {
            Images = images,
            Accuracy = (double)right / images,
            EarlierAccuracy = (double)earlierRight / images,
            Gained = [.. gained],
            Lost = [.. lost],
        };
    }

    // Under the hypothesis, each image that only one gets right is a toss of a coin.
    private static double FindPValue(int gained, int lost)
    {
        int all = gained + lost, fewer = Math.Min(gained, lost);
        double logTerm = -all * Math.Log(2), sum = 0;
        for (int k = 0; k <= fewer; k++)
        {
            sum += Math.Exp(logTerm);
            logTerm += Math.Log(all - k) - Math.Log(k + 1);
        }
        return Math.Min(1, 2 * sum);
    }
}
