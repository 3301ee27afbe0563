namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>
/// How a network learns from a teacher, a trained network of any size (Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network"). The loss of
/// an image with a label is (1 - <see cref="TeacherWeight"/>) * cross-entropy with its label + <see cref="TeacherWeight"/> * T^2 * KL(teacher || student), both
/// probabilities softened by the temperature T. An image without a label learns from the teacher alone. Label smoothing, mixing and class weights act on the
/// labels' part.
/// </summary>
public sealed record DistillationOptions
{
    /// <summary>
    /// The temperature T that divides the logits of both networks before softmax, from 0.1 to 100. A higher one shows more of what the teacher thinks of the
    /// less likely classes. The paper uses 1 to 20, and 2 where the student is small.
    /// </summary>
    public double Temperature { get; init; } = 2;

    /// <summary>
    /// The weight of the teacher's probabilities in the loss of an image with a label, from 0 to 1; the label's weight is the rest. An image that is mixed with
    /// one without a label counts as labeled by its share.
    /// </summary>
    public double TeacherWeight { get; init; } = 0.5;

    /// <summary>
    /// The weight of the teacher's features, at least 0: for each of <see cref="FeatureStages"/>, this times the mean squared error between the teacher's whole
    /// feature map and a linear projection of the student's is added to the loss. The teacher's channels are standardized by their mean and deviation over the
    /// training images, so that no channel dominates. The projections are trained with the student and not part of the model. 0 learns from probabilities only.
    /// Each stage costs another pass of the teacher up to that stage.
    /// </summary>
    public double FeatureWeight { get; init; }

    /// <summary>
    /// The stages whose feature maps are learned if <see cref="FeatureWeight"/> is above 0, from 0 (the first) to 3; null for the last one. Both networks must
    /// have maps of the same height and width there.
    /// </summary>
    public IReadOnlyList<int>? FeatureStages { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range, or a stage is given twice; the message says which and what is allowed.</exception>
    public void Validate()
    {
        Check.InRange(Temperature, 0.1, 100, nameof(Temperature));
        Check.InRange(TeacherWeight, 0, 1, nameof(TeacherWeight));
        Check.Holds(FeatureWeight >= 0 && double.IsFinite(FeatureWeight), FeatureWeight, nameof(FeatureWeight), "at least 0");
        if (FeatureStages is not { } stages) return;
        if (stages.Count == 0) throw new ArgumentException($"{nameof(FeatureStages)} is empty; it must have at least one stage, or be null.", nameof(FeatureStages));
        foreach (int stage in stages) Check.Holds(stage is >= 0 and <= 3, stage, nameof(FeatureStages), "from 0 to 3");
        if (stages.Distinct().Count() < stages.Count)
            throw new ArgumentException($"{nameof(FeatureStages)} has a stage twice: {string.Join(", ", stages)}.", nameof(FeatureStages));
    }
}
