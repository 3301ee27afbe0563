using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Benchmarks.Curve;

/// <summary>The batches of a training run with the papers' augmentation, stored so that two engines can train on the same ones.</summary>
internal static class RecordedBatches
{
    private const double LabelSmoothing = 0.1;

    public static IEnumerable<TrainingBatch> Create(ConvNeXtConfig config, ILabeledImageSource source, int batch, int size, int steps, long seed)
    {
        var options = new TrainingOptions
        {
            Preprocessing = ImagePreprocessing.ForSize(size),
            Crop = new RandomResizedCrop(),
            RandAugment = new RandAugment(),
            RandomErasing = new RandomErasing(),
            Seed = seed,
        };
        var augmentation = new TrainingAugmentation(options);
        int length = options.Preprocessing.Length, blocks = config.Depths.Sum(), classes = config.ClassCount;
        var dropPath = new Random((int)seed);
        for (int step = 0; step < steps; step++)
        {
            var images = new float[batch * length];
            int[] items = [.. Enumerable.Range(0, batch).Select(position => (step * batch + position) * 37 % source.Count)]; // the stride mixes the classes
            for (int position = 0; position < batch; position++)
            {
                using RgbImage image = source.Load(items[position]);
                augmentation.Apply(image, step, items[position], images.AsSpan(position * length, length));
            }
            var random = new CounterRandom(seed, RandomPurpose.Mixing, 0, step);
            BatchMix mix = new Mixup().Draw(size, size, ref random);
            mix.Apply(images, batch, size, size);
            var targets = new float[batch * classes];
            for (int position = 0; position < batch; position++)
            {
                int label = source.LabelOf(items[position]), partner = source.LabelOf(items[^(position + 1)]);
                SoftTargets.Mix(label, partner, mix.Share, LabelSmoothing, targets.AsSpan(position * classes, classes));
            }
            yield return new TrainingBatch
            {
                Images = images,
                Targets = targets,
                DropPathDraws = [.. Enumerable.Range(0, blocks * batch).Select(_ => dropPath.NextSingle())],
                Count = batch,
                Height = size,
                Width = size,
            };
        }
    }
}
