namespace ConvNeXt.Backbone.Training;

public sealed partial record Recipe
{
    /// <summary>For tens to thousands of images of one's own, from scratch: the defaults of <see cref="TrainingOptions"/>, whose remarks say how they were measured.</summary>
    public static Recipe SmallData { get; } = new() { Name = "small data", Training = new TrainingOptions(), DropPathRate = 0 };
}
