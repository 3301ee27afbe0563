using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines.Distillation;

/// <summary>
/// Learning from labels and from a teacher's probabilities: labelWeight * cross-entropy with the targets of the batch + teacher's weight of the image *
/// T^2 * KL(teacher || student), both probabilities softened by the temperature T.
/// </summary>
/// <param name="temperature">Divisor of both networks' logits, above 0.</param>
/// <param name="labelWeight">Factor of the labels' loss.</param>
/// <param name="batchSize">Maximum number of images in a batch.</param>
/// <param name="classes">Outputs of the head.</param>
internal sealed unsafe class TeacherObjective(double temperature, double labelWeight, int batchSize, int classes) : ITrainingObjective
{
    /// <summary>The teacher's logits for the next batch, [images, classes]; filled by the caller.</summary>
    public float[] Logits { get; } = new float[checked(batchSize * classes)];

    /// <summary>Factor of the teacher's loss for each image of the next batch; filled by the caller.</summary>
    public float[] Weights { get; } = new float[batchSize];

    IStageLosses? ITrainingObjective.AtStages => null;

    double ITrainingObjective.AtLogits(float* logits, TrainingBatch batch, BatchPart part, int classes, float* gradient)
    {
        double share = part.ShareOf(batch), scale = batch.GradientScale * share;
        double ofLabels = SoftCrossEntropy.Run(logits, part.Of(batch.Targets, classes), part.Count, classes, labelWeight * scale, gradient);
        double ofTeacher = SoftenedDivergence.Add(logits, part.Of(Logits, classes), part.Of(Weights, 1), temperature, part.Count, classes, scale, gradient);
        return share * ((labelWeight * ofLabels) + ofTeacher);
    }
}
