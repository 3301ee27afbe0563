using Microsoft.ML;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>Looks through the images of a data set for what makes a classifier worse or its accuracy look better than it is.</summary>
internal static class ImageDataCheck
{
    /// <summary>Reads each file once: which cannot be decoded, and which are equal. No network is needed.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="progress">Called with the number of files done and of all files, from any thread; null for no reports.</param>
    /// <param name="cancellation">Ends the check with an <see cref="OperationCanceledException"/>.</param>
    public static ImageDataReport Scan(ImageDataSet set, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        return CreateReport(set, ScannedImage.ReadAll(set, progress, cancellation));
    }

    /// <summary>
    /// The same, and with features of the weights in this package also: nearly equal pictures, odd pictures and probable label errors.
    /// </summary>
    /// <param name="set">The data set.</param>
    /// <param name="progress">Called with the number of steps done and of all steps (two for each file), from any thread; null for no reports.</param>
    /// <param name="cancellation">Ends the check with an <see cref="OperationCanceledException"/>.</param>
    public static ImageDataReport Run(ImageDataSet set, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        ScannedImage[] images = ScannedImage.ReadAll(set, (done, all) => progress?.Invoke(done, 2 * all), cancellation);
        ImageDataReport report = CreateReport(set, images);
        // Equal files count once: a copy would be a neighbor of itself, and would tell the label of its original.
        ScannedImage[] distinct = [.. images.Where(image => image.Problem is null).DistinctBy(image => image.Hash)];
        int skipped = images.Length - distinct.Length;
        ImageFeatures features = ImageFeatures.Compute(
            [.. distinct.Select(image => image.Image.ImagePath)], done => progress?.Invoke(images.Length + skipped + done, 2 * images.Length), cancellation);
        var neighbors = FeatureNeighbors.Find(features.Plain, cancellation);
        return report with
        {
            NearDuplicates = NearDuplicates.Find(distinct, neighbors, cancellation),
            Odd = OddImages.Find(distinct, neighbors),
            LabelSuspects = LabelErrors.Find(distinct, features, cancellation),
        };
    }

    internal static DataSetImage Describe(ScannedImage image) => new(image.Image.ImagePath, image.Image.Label, image.Part);

    private static ImageDataReport CreateReport(ImageDataSet set, ScannedImage[] images) => new()
    {
        DataSet = set,
        Images = images.Length,
        Unreadable = [.. images.Where(image => image.Problem is not null).Select(image => new SkippedPath(image.Image.ImagePath, image.Problem!))],
        ExactDuplicates =
        [
            .. images.Where(image => image.Hash.Length > 0).GroupBy(image => image.Hash).Where(group => group.Count() > 1)
                .Select(group => new ImageCopies([.. group.Select(Describe)])),
        ],
    };
}
