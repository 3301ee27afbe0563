namespace ConvNeXt.Backbone.Training;

/// <summary>What the training of an epoch came to so far.</summary>
/// <param name="Loss">Sum of the losses of its images.</param>
/// <param name="Images">Images that were trained on.</param>
/// <param name="Hits">How many of them were classified right.</param>
/// <param name="LearningRate">Learning rate of the last step.</param>
/// <param name="Seconds">Time of the steps.</param>
internal readonly record struct EpochSums(double Loss, int Images, int Hits, double LearningRate, double Seconds)
{
    internal double MeanLoss => Images == 0 ? 0 : Loss / Images;

    internal double Accuracy => Images == 0 ? 0 : (double)Hits / Images;

    internal double ImagesPerSecond => Seconds == 0 ? 0 : Images / Seconds;
}
