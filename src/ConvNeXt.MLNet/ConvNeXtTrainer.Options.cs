using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;

namespace ConvNeXt.MLNet;

public sealed partial class ConvNeXtTrainer
{
    /// <summary>Settings of the trainer.</summary>
    public sealed class Options
    {
        /// <summary>Label column: a key, whose count is the number of classes and whose values are the labels.</summary>
        public string LabelColumnName = ColumnDefaults.Label;

        /// <summary>Image column: paths (text), encoded images (vector of Byte) or MLImage.</summary>
        public string ImageColumnName = ColumnDefaults.Image;

        /// <summary>Column that the model adds with the probability of each class.</summary>
        public string ScoreColumnName = ColumnDefaults.Score;

        /// <summary>Column that the model adds with the likeliest class.</summary>
        public string PredictedLabelColumnName = ColumnDefaults.PredictedLabel;

        /// <summary>What relative paths are relative to, in training and in the model; null for the process's current folder.</summary>
        public string? ImageRootFolder;

        /// <summary>Size of the network. The small ones train on a processor in minutes.</summary>
        public ConvNeXtVariant Variant = ConvNeXtVariant.Atto;

        /// <summary>
        /// The network where it is none of the named sizes; its class count is replaced by that of the label. Null: <see cref="Variant"/> says it.
        /// </summary>
        public ConvNeXtConfig? Config;

        /// <summary>
        /// Weights to start from: a safetensors file or a PyTorch checkpoint, with official, timm, torchvision or Hugging Face names; or a model id of the
        /// Hugging Face hub such as <c>timm/convnext_tiny.fb_in22k</c>, which is downloaded unless it is in the hub's cache. A head for another number of
        /// classes is replaced by a fresh one, with a note in the log. Null starts from scratch.
        /// </summary>
        public string? Weights;

        /// <summary>
        /// For each class, in the order of the label's keys, the row of the head in <see cref="Weights"/> that it begins with, from 0; or
        /// <see cref="HeadMapping.FreshRow"/> (-1) for a fresh row. With it the classes of an ImageNet-22k head become those of ImageNet-1k, or any choice of
        /// them. Null: the head is kept where its number of classes fits, else replaced.
        /// </summary>
        public IReadOnlyList<int>? HeadIndices;

        /// <summary>
        /// A classifier that was trained before, to start from: a model as <c>mlContext.Model.Load</c> gives it, or what <see cref="Fit"/> gave. The network is the
        /// model's, whatever <see cref="Variant"/> says, and images are normalised as the model's were, whatever
        /// <see cref="TrainingOptions.NormalizeByTrainingSet"/> says; their size and everything else is as in <see cref="Training"/>,
        /// so a model of 224 pixels can go on at 384. Labels are matched by value: those that the model knows keep their row of the head, others, as added
        /// classes, get a fresh one. Not together with <see cref="Weights"/>. Null: see there.
        /// </summary>
        public ITransformer? InitialModel;

        /// <summary>
        /// Whether weights whose licence excludes commercial use may be loaded, as those of the official ConvNeXt V2 (CC BY-NC 4.0). False refuses them:
        /// by their name, and any V2 network of exactly an official size with 1000 or 21841 classes.
        /// </summary>
        public bool AcceptNonCommercialLicense;

        /// <summary>
        /// Data that are measured after each epoch; the model gets the weights of the best one. Their labels are matched with those of the training data by
        /// value, so the column may be a key of other counts or order, or not be mapped to a key at all. Null: <see cref="ValidationSetFraction"/> says what is
        /// taken from the training data.
        /// </summary>
        public IDataView? ValidationSet;

        /// <summary>
        /// Share of each class of the training data that is held out for validation if there is no <see cref="ValidationSet"/>, above 0 and below 1. If null,
        /// nothing is evaluated, and the model gets the weights of the last epoch.
        /// </summary>
        public float? ValidationSetFraction = 0.1f;

        /// <summary>
        /// How to train by a recipe such as <see cref="Backbone.Training.Recipes.Recipe.SmallData"/> or <see cref="Backbone.Training.Recipes.Recipe.FineTune"/>: it stands in
        /// the place of <see cref="Training"/>, and stochastic depth and the start of layer scale in that of the network's. What is to be otherwise is changed
        /// in the recipe: <c>Recipe = Recipe.SmallData.With(training =&gt; training with { Epochs = 10 })</c>. The official ones are for large steps;
        /// <see cref="Backbone.Training.Recipes.Recipe.ScaledTo"/> fits them to a smaller machine. Null: <see cref="Training"/> and the network as they are.
        /// </summary>
        public Recipe? Recipe;

        /// <summary>
        /// How to train where there is no <see cref="Recipe"/>: epochs, batch size, learning rate, image size, augmentation, threads, what becomes of images
        /// that cannot be read. A seed of 0 there stands for the seed of the <see cref="MLContext"/>, or a random one where that has none. By default those of
        /// <see cref="Backbone.Training.Recipes.Recipe.SmallData"/>, or with <see cref="Weights"/> or <see cref="InitialModel"/> of
        /// <see cref="Backbone.Training.Recipes.Recipe.SmallDataFineTune"/>, with an initial model at its image size. To change a part of that default, change the
        /// recipe (<c>Recipe = Recipe.SmallDataFineTune.With(...)</c>): options set here are taken as they are, wherever the weights come from.
        /// </summary>
        public TrainingOptions Training = DefaultTraining;

        // One object, so that it can be told whether the caller has set the option.
        private static readonly TrainingOptions DefaultTraining = Backbone.Training.Recipes.Recipe.SmallData.Training;

        private bool SaysHowToTrain => Recipe is not null || !ReferenceEquals(Training, DefaultTraining);

        internal TrainingOptions TrainingToUse
        {
            get
            {
                if (SaysHowToTrain || (Weights is null && InitialModel is null)) return Recipe?.Training ?? Training;
                TrainingOptions fineTuning = Backbone.Training.Recipes.Recipe.SmallDataFineTune.Training;
                return InitialModel is null ? fineTuning : fineTuning with { Preprocessing = MLNet.Weights.InitialModel.Find(InitialModel).Preprocessing };
            }
        }

        internal void CheckTraining()
        {
            ArgumentNullException.ThrowIfNull(Training);
            if (Recipe is not null && !ReferenceEquals(Training, DefaultTraining))
            {
                throw new ArgumentException(
                    $"Options {nameof(Recipe)} and {nameof(Training)} exclude each other: a recipe has its training options, which {nameof(Recipe)}.{nameof(Recipe.With)} changes.",
                    nameof(Training));
            }
            Recipe?.Validate();
            Training.Validate();
        }

        /// <summary>
        /// Where training writes all that it needs to go on after it was cancelled or killed, and whether it goes on: with
        /// <see cref="CheckpointOptions.Resume"/> the same <see cref="Fit"/> on the same data ends with the same model, bit for bit, as if it had not been
        /// interrupted. Where no seed is set, the checkpoint's is taken. Null for no checkpoints.
        /// </summary>
        public CheckpointOptions? Checkpoints;

        /// <summary>Called after each epoch with its metrics, those of the whole validation set among them; on the thread that trains.</summary>
        public Action<EpochMetrics>? MetricsCallback;

        /// <summary>Called after each step; on the thread that trains.</summary>
        public Action<TrainingProgress>? ProgressCallback;

        /// <summary>
        /// Ends training early, within a batch; so does cancelling the <see cref="MLContext"/>. The model gets the best weights so far; see
        /// <see cref="Fit"/>.
        /// </summary>
        public CancellationToken CancellationToken;

        /// <summary>Images that the model scores together when a view is read, at least 1.</summary>
        public int ScoreBatchSize = 32;

        /// <summary>
        /// What computes, in training and in the model: by default the GPU of the <see cref="MLContext"/> where one is set, else the managed engine. A saved
        /// model does not keep it; whoever loads it chooses anew.
        /// </summary>
        public ConvNeXtEngine Engine = ConvNeXtEngine.Auto;

        /// <summary>How a TorchSharp engine multiplies, in training and in the model; the managed engine always in float32.</summary>
        public ComputePrecision Precision = ComputePrecision.Single;
    }
}
