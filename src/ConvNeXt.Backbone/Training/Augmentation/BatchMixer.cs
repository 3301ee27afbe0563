namespace ConvNeXt.Backbone.Training;

/// <summary>Mixes training batches; what is drawn depends on the seed, the epoch and the batch's place in it only.</summary>
internal sealed class BatchMixer(Mixup mixup, int imageSize, long seed)
{
    internal void Mix(LoadedBatch batch)
    {
        PlannedBatch plan = batch.Plan!;
        if (plan.IsValidation) return;
        var random = new CounterRandom(seed, RandomPurpose.Mixing, plan.Epoch, plan.Step);
        batch.Mix = mixup.Draw(imageSize, imageSize, ref random);
        batch.Mix.Apply(batch.Images, plan.Items.Length, imageSize, imageSize);
    }
}
