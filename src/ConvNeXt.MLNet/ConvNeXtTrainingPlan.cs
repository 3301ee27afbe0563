namespace ConvNeXt.MLNet;

/// <summary>What a training run will do and take, from <see cref="ConvNeXtTrainer.Plan"/>.</summary>
/// <param name="Info">The settings of the run.</param>
/// <param name="MemoryBytes">The memory for weights, gradients, optimizer, activations and the queue of images, in bytes; not that of the process before
/// training.</param>
/// <param name="Duration">The estimated time on this machine as busy as it is now, from two measured steps. The time limit if that is shorter.</param>
public sealed record ConvNeXtTrainingPlan(ConvNeXtTrainingInfo Info, long MemoryBytes, TimeSpan Duration);
