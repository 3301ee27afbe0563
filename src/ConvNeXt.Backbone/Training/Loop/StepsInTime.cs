using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>How many steps a time allows, before there was one.</summary>
internal static class StepsInTime
{
    /// <summary>Takes two steps with an engine of its own, on images of zeros, and counts with the time of the second one: the first makes memory and code ready.</summary>
    /// <param name="create">Creates the engine, which is disposed.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="left">The time that will be left; that of the two steps is subtracted.</param>
    /// <param name="clock">The clock.</param>
    public static long Measure(TrainingEngineFactory create, TrainingEngineSettings settings, TimeSpan left, TimeProvider clock)
    {
        long started = clock.GetTimestamp();
        int count = settings.BatchSize, classes = settings.Config.ClassCount;
        var batch = new TrainingBatch
        {
            Images = new float[3L * count * settings.Height * settings.Width],
            Targets = new float[count * classes],
            Logits = new float[count * classes],
            Count = count,
            Height = settings.Height,
            Width = settings.Width,
        };
        for (int i = 0; i < count; i++) batch.Targets[i * classes] = 1;
        using ITrainingEngine engine = create(settings);
        Step();
        long second = clock.GetTimestamp();
        Step();
        TimeSpan step = clock.GetElapsedTime(second), rest = left - clock.GetElapsedTime(started);
        return rest <= TimeSpan.Zero ? 0 : (long)(rest / TimeSpan.FromTicks(Math.Max(1, step.Ticks)));

        void Step()
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(0));
        }
    }
}
