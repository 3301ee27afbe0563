using Microsoft.Extensions.Primitives;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

public abstract class ModelLoader
{
    /// <summary>A token that is triggered once, when the model is replaced by another; then there is a new token.</summary>
    public abstract IChangeToken GetReloadToken();

    public abstract ITransformer GetModel();
}
