using ConvNeXt.MLNet.Pixels;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet;

/// <summary>Changes settings of models that are part of a pipeline.</summary>
public static class ConvNeXtModelExtensions
{
    /// <summary>
    /// Returns a model whose ConvNeXt transformers read relative image paths in a folder; the given model does not change. A model file does not contain an
    /// absolute <see cref="ConvNeXtTrainer.Options.ImageRootFolder"/>, so set it after loading the model.
    /// </summary>
    /// <param name="model">A ConvNeXt transformer, or a pipeline that contains one, such as a loaded model.</param>
    /// <param name="folder">
    /// The folder that relative paths are relative to and that no path may lead out of. If null, the current folder of the process, and files may be anywhere.
    /// </param>
    /// <exception cref="ArgumentException">The model contains no ConvNeXt transformer.</exception>
    public static ITransformer WithImageRootFolder(this ITransformer model, string? folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ITransformer changed = Change(model, folder);
        return !ReferenceEquals(changed, model)
            ? changed
            : throw new ArgumentException($"The model, a {model.GetType().Name}, contains no ConvNeXt transformer.", nameof(model));
    }

    private static ITransformer Change(ITransformer model, string? folder)
    {
        switch (model)
        {
            case ConvNeXtClassificationTransformer classifier:
                return classifier.WithImageRootFolder(folder);
            case ConvNeXtFeaturizingTransformer featurizer:
                return featurizer.WithImageRootFolder(folder);
            case PixelsTransformer pixels:
                return pixels.WithImageRootFolder(folder);
            case IEnumerable<ITransformer> chain:
                ITransformer[] parts = [.. chain], changed = [.. parts.Select(part => Change(part, folder))];
                return changed.Zip(parts).All(pair => ReferenceEquals(pair.First, pair.Second)) ? model : new TransformerChain<ITransformer>(changed);
            default:
                return model;
        }
    }
}
