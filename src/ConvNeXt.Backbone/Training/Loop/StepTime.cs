using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>Measures what a training step takes, before there was one.</summary>
internal static class StepTime
{
    /// <summary>The time of the second of two steps with a learning rate of 0, on images of zeros: the first one also makes memory and code ready.</summary>
    /// <param name="engine">The engine, whose moments are not those of a new one afterward.</param>
    /// <param name="count">Images in a batch.</param>
    /// <param name="height">Their height.</param>
    /// <param name="width">Their width.</param>
    /// <param name="clock">The clock.</param>
    public static TimeSpan Measure(ITrainingEngine engine, int count, int height, int width, TimeProvider clock)
    {
        int classes = engine.Config.ClassCount;
        var batch = new TrainingBatch
        {
            Images = new float[3L * count * height * width],
            Targets = new float[count * classes],
            Count = count,
            Height = height,
            Width = width,
        };
        for (int i = 0; i < count; i++) batch.Targets[i * classes] = 1;
        Step();
        long second = clock.GetTimestamp();
        Step();
        return clock.GetElapsedTime(second);

        void Step()
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(0));
        }
    }
}
