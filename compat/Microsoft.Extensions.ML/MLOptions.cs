using Microsoft.ML;

namespace Microsoft.Extensions.ML;

public class MLOptions
{
    private MLContext? _context;

    public MLOptions()
    {
    }

    /// <summary>The context that loads models and makes engines; made on first use where none is set.</summary>
    public MLContext MLContext
    {
        get => _context ??= new MLContext();
        set => _context = value;
    }
}
