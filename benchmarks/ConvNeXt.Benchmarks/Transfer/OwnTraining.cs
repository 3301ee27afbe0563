using System.Diagnostics;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>Ways to train with this library, by its public API.</summary>
internal static class OwnTraining
{
    /// <summary>From scratch.</summary>
    public static (float[][] Probabilities, double Seconds) Scratch(TransferSet set, int[] training, int[] test, int seed) =>
        Train(set, training, test, seed, new() { Weights = ConvNeXtWeights.None });

    /// <summary>The head alone, solved on the features of the packaged weights.</summary>
    public static (float[][] Probabilities, double Seconds) Probe(TransferSet set, int[] training, int[] test, int seed) => Train(set, training, test, seed, new()
    {
        // The solved head is the start of a probe whose only epoch changes nothing.
        Recipe = Recipe.FewImages.With(options => options with { LinearProbe = true, SolveHead = true, Epochs = 1, MinSteps = 0, WarmupEpochs = 0, LearningRate = 1e-12, MinLearningRate = 0 }),
    });

    /// <summary>What the trainer does if no option says otherwise.</summary>
    public static (float[][] Probabilities, double Seconds) Default(TransferSet set, int[] training, int[] test, int seed) => Train(set, training, test, seed, new());

    /// <summary>The default with other values.</summary>
    public static (float[][] Probabilities, double Seconds) Variant(RecipeVariant variant, TransferSet set, int[] training, int[] test, int seed) =>
        Train(set, training, test, seed, variant.Options());

    private static (float[][] Probabilities, double Seconds) Train(TransferSet set, int[] training, int[] test, int seed, ConvNeXtTrainer.Options options)
    {
        var ml = new MLContext(seed);
        var watch = Stopwatch.StartNew();
        var model = ml.MulticlassClassification.Trainers.ConvNeXt(options).Fit(View(training));
        double seconds = watch.Elapsed.TotalSeconds;
        int[] order = [.. model.LabelNames.Select(name => Array.IndexOf(set.Classes, name))];
        float[][] probabilities = [.. ml.Data.CreateEnumerable<Scored>(model.Transform(View(test)), reuseRowObject: false).Select(row =>
        {
            float[] byClass = new float[set.Classes.Length];
            for (int i = 0; i < order.Length; i++) byClass[order[i]] = row.Score[i];
            return byClass;
        })];
        return (probabilities, seconds);

        IDataView View(int[] items) => ml.Data.LoadFromEnumerable(items.Select(item => set[item]));
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
