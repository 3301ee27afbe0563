using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Trials;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;

namespace ConvNeXt.MLNet;

public sealed partial class ConvNeXtTrainer
{
    /// <summary>Options of the <see cref="ConvNeXtTrainer"/>.</summary>
    public sealed class Options
    {
        /// <summary>
        /// The name of the label column: text, or a key. Each text is a class, in the order of their first rows. The count of a key is the number of classes, and
        /// its values are the labels.
        /// </summary>
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

        /// <summary>
        /// The size of the network. If null, that of <see cref="Weights"/> or <see cref="InitialModel"/>; without both, <see cref="ConvNeXtVariant.Atto"/>, the
        /// network of the weights in this package. Small networks can be trained on a CPU in minutes.
        /// </summary>
        public ConvNeXtVariant? Variant;

        /// <summary>
        /// A custom network; <see cref="Variant"/> must be null. Its class count is overwritten with the number of label values. If null, <see cref="Variant"/>
        /// is used.
        /// </summary>
        public ConvNeXtConfig? Config;

        /// <summary>
        /// The weights to start from: a safetensors file or a PyTorch checkpoint with official, timm, torchvision or Hugging Face names, or a Hugging Face
        /// model id such as <c>timm/convnext_tiny.fb_in22k</c>, which is downloaded unless it is in the local cache. If its number of classes differs, the head
        /// is replaced with a fresh one, which is logged. If null, the weights in this package (<see cref="ConvNeXtWeights.Packaged"/>) if
        /// <see cref="Variant"/> is null or Atto and <see cref="Config"/> is null; other networks are then trained from scratch.
        /// <see cref="ConvNeXtWeights.None"/> trains any network from scratch.
        /// </summary>
        public string? Weights;

        /// <summary>
        /// For each class, in the order of the label keys, the zero-based row of the head in <see cref="Weights"/> to start from, or
        /// <see cref="HeadMapping.FreshRow"/> (-1) for a fresh row. For example, it selects the ImageNet-1k classes of an ImageNet-22k head. If null, the head
        /// is kept if its number of classes matches, and replaced otherwise.
        /// </summary>
        public IReadOnlyList<int>? HeadIndices;

        /// <summary>
        /// A trained classifier to start from: a model returned by <c>mlContext.Model.Load</c> or by <see cref="Fit"/>. Its network and its normalization are
        /// used, and its image size unless <see cref="ImageSize"/> or <see cref="Recipe"/> sets another, so a model for 224 pixels can be trained further at
        /// 384. Labels are matched by value: labels that the model knows keep their row of the head, new ones get a fresh row. Cannot be combined with
        /// <see cref="Weights"/> or <see cref="HeadIndices"/>. If null, <see cref="Weights"/> is used.
        /// </summary>
        public ITransformer? InitialModel;

        /// <summary>
        /// A trained classifier to learn from (knowledge distillation): a model returned by <c>mlContext.Model.Load</c> or by <see cref="Fit"/>, with a network
        /// of any size and the same labels, in any order. It scores the augmented and mixed pixels of each training batch, converted to its own normalization
        /// and image size; the student learns its probabilities, and images whose label is missing learn from them alone. It is not part of the trained model.
        /// If null, rows without a label are skipped.
        /// </summary>
        public ITransformer? Teacher;

        /// <summary>How to learn from <see cref="Teacher"/>: temperature, weights, feature maps. If null, the defaults.</summary>
        public DistillationOptions? Distillation;

        /// <summary>
        /// Whether to load weights whose license excludes commercial use, such as the official ConvNeXt V2 weights (CC BY-NC 4.0). If false, they are rejected:
        /// by name, and any V2 network of exactly an official size with 1000 or 21841 classes.
        /// </summary>
        public bool AcceptNonCommercialLicense;

        /// <summary>
        /// The license of <see cref="Weights"/> as text in one line of at most 200 characters, such as "CC BY 4.0"; the model keeps it
        /// (<see cref="ConvNeXtClassificationTransformer.WeightsLicense"/>). If null, that of the weights in this package, of published weights or of the
        /// initial model; that of other files is not known.
        /// </summary>
        public string? WeightsLicense;

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
        /// The training recipe. The options below, such as <see cref="Epochs"/>, change single values of it; all others are changed by
        /// <c>Recipe.SmallData.With(training =&gt; training with { ... })</c>. If null, it follows from the start of training: <see cref="Backbone.Training.Recipes.Recipe.FewImages"/>
        /// from the weights in this package, <see cref="Backbone.Training.Recipes.Recipe.SmallDataFineTune"/> from other weights or a model,
        /// <see cref="Backbone.Training.Recipes.Recipe.SmallData"/> from scratch; the stochastic depth and the initial layer scale of the network are then those
        /// of <see cref="Config"/>. The official recipes are for large batches; <see cref="Backbone.Training.Recipes.Recipe.ScaledTo"/> adapts them to smaller
        /// ones.
        /// </summary>
        public Recipe? Recipe;

        /// <summary>The number of passes over the training set, at least 1. The warmup keeps its share of them, and a least number of steps of the recipe
        /// (<see cref="TrainingOptions.MinSteps"/>) is not applied. If null, that of the recipe.</summary>
        public int? Epochs;

        /// <summary>
        /// The number of images per batch, at least 1. The learning rate does not change with it. If null, that of the recipe.
        /// </summary>
        public int? BatchSize;

        /// <summary>
        /// The largest learning rate, above 0. <see cref="FindLearningRate"/> suggests one. If null, that of the recipe.
        /// </summary>
        public double? LearningRate;

        /// <summary>
        /// The height of the network's input in pixels, from 32 to 4096, and its width unless <see cref="ImageWidth"/> is set. Crop, interpolation and normalization do not change with it, but where they
        /// follow the official rule, images are squashed to a square from 384 pixels on. If null, that of the recipe, or of <see cref="InitialModel"/> without a
        /// recipe.
        /// </summary>
        public int? ImageSize;

        /// <summary>
        /// The width of the network's input in pixels, from 32 to 4096, for images that are all wide or all tall. If null, it is <see cref="ImageSize"/>, and
        /// the input is a square; without both, the input is that of the recipe or of <see cref="InitialModel"/>.
        /// </summary>
        public int? ImageWidth;

        /// <summary>How much training images are changed at random. If null, as in the recipe.</summary>
        public AugmentationPreset? Augmentation;

        /// <summary>
        /// The seed for initial weights, order and augmentation. If null, that of the recipe if it is not 0, otherwise that of the <see cref="MLContext"/>, or a
        /// random one if it has none.
        /// </summary>
        public long? Seed;

        /// <summary>
        /// The time limit for training, evaluations included; the learning rate is planned to end on time. <see cref="Epochs"/> is then an upper limit. Two runs
        /// with a time limit are not bit-identical. If null, that of the recipe, which usually has none.
        /// </summary>
        public TimeSpan? MaxTrainingTime;

        /// <summary>
        /// The number of evaluations without improvement after which training ends, at least 1. Needs validation data. If null, that of the recipe, which
        /// usually has none.
        /// </summary>
        public int? EarlyStoppingPatience;

        /// <summary>
        /// A CSV file that receives a line with all metrics after each epoch. If <see cref="Fit"/> of the same trainer is called again, as by CrossValidate, each
        /// further call has a file of its own: <c>metrics.csv</c>, <c>metrics-2.csv</c> and so on. If null, that of the recipe, which usually has none.
        /// </summary>
        public string? MetricsFile;

        /// <summary>
        /// Whether training images that cannot be read are left out, each with a warning in the log, instead of ending <see cref="Fit"/> with an exception. Every
        /// image is then read once before training. If null, as in the recipe, usually not.
        /// </summary>
        public bool? SkipUnreadableImages;

        /// <summary>
        /// The number of threads for computing, and for reading images; 0 for all cores, and half of them for reading. It does not change the results. If null,
        /// as in the recipe, usually 0.
        /// </summary>
        public int? ThreadCount;

        /// <summary>
        /// Where and how often to write checkpoints, and whether to resume from one. With <see cref="CheckpointOptions.Resume"/>, the same <see cref="Fit"/> on
        /// the same data continues a canceled or killed run and returns the same model, bit for bit, as an uninterrupted run. If no seed is set, the seed of
        /// the checkpoint is used. If <see cref="Fit"/> of the same trainer is called again after a completed run, as by CrossValidate, each further run has a
        /// folder of its own: <c>folder</c>, <c>folder-2</c> and so on. If null, no checkpoints are written.
        /// </summary>
        public CheckpointOptions? Checkpoints;

        /// <summary>
        /// Trains together with the other processes that <c>mpirun</c> or another launcher of MPI started. If null, each process trains a model of its own.
        /// </summary>
        public DistributedTraining? Distributed;

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

        /// <summary>
        /// The precision of the TorchSharp engine in training and in the model. The managed engine always trains in float32;
        /// <see cref="ComputePrecision.Int8"/>, which is for scoring only, is an error here.
        /// </summary>
        public ComputePrecision Precision = ComputePrecision.Single;

        /// <summary>
        /// Returns options with tuned values, such as <see cref="TuningTrial.Settings"/> of a search or the settings.json of <c>convnext tune</c>. What they
        /// are multiples of (the steps) are the values of these options, so these should be those of the search; this instance is not changed.
        /// </summary>
        /// <param name="settings">Values by <see cref="TunedOption"/>.</param>
        /// <exception cref="ArgumentException">A name is unknown, or a value is out of range; the message names it.</exception>
        public Options WithSettings(IReadOnlyDictionary<string, double> settings)
        {
            ArgumentNullException.ThrowIfNull(settings);
            return TunedOptions.Apply(this, settings);
        }

        /// <summary>Returns options with the same values.</summary>
        internal Options Copy() => (Options)MemberwiseClone();
    }
}
