using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// A view that ML.NET's ConvertToOnnx cannot convert. The converter walks from the last view of a pipeline back to its source and asks each view that is an
/// <see cref="IDataTransform"/> whether it can be saved. At any other view it stops without a word, and at one that says no with a warning in the log; both
/// times the file it writes lacks the network. Only an exception stops it.
/// </summary>
internal interface IOnnxRefusal : ITransformCanSaveOnnx
{
    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => throw new NotSupportedException(
        "ConvertToOnnx cannot convert a ConvNeXt: it reads pictures, for which ML.NET's converter has no operators. To export a classifier, call SaveAsOnnx of "
        + $"{nameof(ConvNeXtClassificationTransformer)}. To convert only what follows a ConvNeXt, give ConvertToOnnx that transformer alone and a view whose "
        + "ConvNeXt columns are cached (MLContext.Data.Cache).");

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) => ((ICanSaveOnnx)this).CanSaveOnnx(ctx);

    // ML.NET asks it only of the transforms of its command line; what is saved is the transformer that made the view.
    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("A view is not saved; save the transformer that made it.");
}
