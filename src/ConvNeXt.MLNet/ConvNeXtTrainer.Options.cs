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
    /// <summary>Options of the <see cref="ConvNeXtTrainer"/>.</summary>
    public sealed class Options
    {
        /// <summary>The name of the label column, a key. The key count is the number of classes; the key values are the labels.</summary>
        public string LabelColumnName = ColumnDefaults.Label;

        /// <summary>The name of the image column: paths (text), encoded images (vector of Byte) or MLImage.</summary>
        public string ImageColumnName = ColumnDefaults.Image;

        /// <summary>The name of the output column with the probability of each class.</summary>
        public string ScoreColumnName = ColumnDefaults.Score;

        /// <summary>The name of the output column with the most likely class.</summary>
        public string PredictedLabelColumnName = ColumnDefaults.PredictedLabel;

        /// <summary>
        /// The name of a text output column with the reason why a row's image could not be read; empty if it was read. If null, there is no such column, and
        /// the reason is only logged.
        /// </summary>
        public string? ProblemColumnName;

        /// <summary>
        /// The folder that relative paths are relative to, in training and in the saved model. A path that leads out of it is refused. If null, paths are
        /// relative to the current folder of the process, and files may be anywhere.
        /// <see cref="ConvNeXtClassificationTransformer.WithImageRootFolder"/> changes the folder of a trained model.
        /// </summary>
        public string? ImageRootFolder;

        /// <summary>
        /// How encoded images are decoded in training and by the model: orientation and transparency. If null, as by <see cref="InitialModel"/>, or
        /// <see cref="ImageDecodingOptions.Default"/>.
        /// </summary>
        public ImageDecodingOptions? Decoding;

        internal ImageDecodingOptions DecodingToUse =>
            Decoding ?? (InitialModel is null ? ImageDecodingOptions.Default : MLNet.Weights.InitialModel.Find(InitialModel).Decoding);

        /// <summary>The size of the network. Small networks can be trained on a CPU in minutes.</summary>
        public ConvNeXtVariant Variant = ConvNeXtVariant.Atto;

        /// <summary>
        /// A custom network, used instead of <see cref="Variant"/>. Its class count is overwritten with the number of label values. If null,
        /// <see cref="Variant"/> is used.
        /// </summary>
        public ConvNeXtConfig? Config;

        /// <summary>
        /// The weights to start from: a safetensors file or a PyTorch checkpoint with official, timm, torchvision or Hugging Face names, or a Hugging Face
        /// model id such as <c>timm/convnext_tiny.fb_in22k</c>, which is downloaded unless it is in the local cache. If its number of classes differs, the head
        /// is replaced with a fresh one, which is logged. If null, training starts from scratch.
        /// </summary>
        public string? Weights;

        /// <summary>
        /// For each class, in the order of the label keys, the zero-based row of the head in <see cref="Weights"/> to start from, or
        /// <see cref="HeadMapping.FreshRow"/> (-1) for a fresh row. For example, it selects the ImageNet-1k classes of an ImageNet-22k head. If null, the head
        /// is kept if its number of classes matches, and replaced otherwise.
        /// </summary>
        public IReadOnlyList<int>? HeadIndices;

        /// <summary>
        /// A trained classifier to start from: a model returned by <c>mlContext.Model.Load</c> or by <see cref="Fit"/>. Its network is used instead of
        /// <see cref="Variant"/>, and its normalization regardless of <see cref="TrainingOptions.NormalizeByTrainingSet"/>; image size and everything else are
        /// those of <see cref="Training"/>, so a model for 224 pixels can be trained further at 384. Labels are matched by value: labels that the model knows
        /// keep their row of the head, new ones get a fresh row. Cannot be combined with <see cref="Weights"/> or <see cref="HeadIndices"/>. If null,
        /// <see cref="Weights"/> is used.
        /// </summary>
        public ITransformer? InitialModel;

        /// <summary>
        /// Whether to load weights whose license excludes commercial use, such as the official ConvNeXt V2 weights (CC BY-NC 4.0). If false, they are rejected:
        /// by name, and any V2 network of exactly an official size with 1000 or 21841 classes.
        /// </summary>
        public bool AcceptNonCommercialLicense;

        /// <summary>
        /// The data to evaluate after each epoch; the model gets the weights of the best epoch. Labels are matched with those of the training data by value, so
        /// the label column can be a key with another count or order, or no key at all. If null, <see cref="ValidationSetFraction"/> of the training data is
        /// held out.
        /// </summary>
        public IDataView? ValidationSet;

        /// <summary>
        /// The fraction of each class of the training data to hold out for validation if <see cref="ValidationSet"/> is null, above 0 and below 1. If null,
        /// nothing is evaluated, and the model gets the weights of the last epoch.
        /// </summary>
        public float? ValidationSetFraction = 0.1f;

        /// <summary>
        /// A complete training recipe, such as <see cref="Backbone.Training.Recipes.Recipe.SmallData"/> or
        /// <see cref="Backbone.Training.Recipes.Recipe.FineTune"/>. It replaces <see cref="Training"/> and the stochastic depth and initial layer scale of the
        /// network. To change single values: <c>Recipe = Recipe.SmallData.With(training =&gt; training with { Epochs = 10 })</c>. The official recipes are for
        /// large batches; <see cref="Backbone.Training.Recipes.Recipe.ScaledTo"/> adapts them to smaller ones. If null, <see cref="Training"/> is used and the
        /// network is not changed.
        /// </summary>
        public Recipe? Recipe;

        /// <summary>
        /// The training options if <see cref="Recipe"/> is null: epochs, batch size, learning rate, image size, augmentation, number of threads, and how
        /// unreadable images are handled. If the seed is 0, the seed of the <see cref="MLContext"/> is used, or a random one if it has none. The default is
        /// that of <see cref="Backbone.Training.Recipes.Recipe.SmallData"/>; with <see cref="Weights"/> or <see cref="InitialModel"/> it is that of
        /// <see cref="Backbone.Training.Recipes.Recipe.SmallDataFineTune"/> (with an initial model, at its image size). To change a part of the default, change
        /// the recipe (<c>Recipe = Recipe.SmallDataFineTune.With(...)</c>): options set here are used as they are, with or without pretrained weights.
        /// </summary>
        public TrainingOptions Training = DefaultTraining;

        // A single instance, so that a reference comparison shows whether the caller has set the option.
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
                    $"Options {nameof(Recipe)} and {nameof(Training)} cannot both be set. To change a recipe, use {nameof(Recipe)}.{nameof(Recipe.With)}.",
                    nameof(Training));
            }
            Recipe?.Validate();
            Training.Validate();
        }

        /// <summary>
        /// Where and how often to write checkpoints, and whether to resume from one. With <see cref="CheckpointOptions.Resume"/>, the same <see cref="Fit"/> on
        /// the same data continues a canceled or killed run and returns the same model, bit for bit, as an uninterrupted run. If no seed is set, the seed of
        /// the checkpoint is used. If null, no checkpoints are written.
        /// </summary>
        public CheckpointOptions? Checkpoints;

        /// <summary>Called on the training thread after each epoch, with its metrics, including those of the whole validation set.</summary>
        public Action<EpochMetrics>? MetricsCallback;

        /// <summary>Called on the training thread after each step.</summary>
        public Action<TrainingProgress>? ProgressCallback;

        /// <summary>Cancels training within a batch. The model gets the best weights so far; see <see cref="Fit"/>.</summary>
        public CancellationToken CancellationToken;

        /// <summary>The number of images per batch when the model scores a data view, at least 1.</summary>
        public int ScoreBatchSize = 32;

        /// <summary>
        /// The engine for training and for the model. By default, the GPU of the <see cref="MLContext"/> if one is set, otherwise the managed engine. It is not
        /// saved with the model; a loaded model uses the settings of the <see cref="MLContext"/> that loads it.
        /// </summary>
        public ConvNeXtEngine Engine = ConvNeXtEngine.Auto;

        /// <summary>The precision of the TorchSharp engine in training and in the model. The managed engine always uses float32.</summary>
        public ComputePrecision Precision = ComputePrecision.Single;
    }
}
