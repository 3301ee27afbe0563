using Microsoft.Extensions.Primitives;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

/// <summary>The model of a loader with its token. The token changes when a new model is in place: a failed reload leaves both as they were.</summary>
internal sealed class ReloadableModel
{
    private volatile ITransformer? _model;
    private volatile ModelReloadToken _token = new();

    public ITransformer Model => _model ?? throw NotStarted();

    public IChangeToken Token => _model is null ? throw NotStarted() : _token;

    /// <summary>Puts a model in place and tells those who hold the token of the one before.</summary>
    public void Replace(ITransformer model)
    {
        bool isFirst = _model is null;
        _model = model;
        if (isFirst) return;
        ModelReloadToken previous = _token;
        _token = new ModelReloadToken();
        previous.OnReload();
    }

    private static InvalidOperationException NotStarted() => new("Start must be called on a ModelLoader before it can be used.");
}
