using TorchSharp.Tensors;

namespace TorchSharp.Autograd;

/// <summary>A value kept for the backward pass. Overwritten in place since, it would give a wrong gradient: reading it then is an error.</summary>
internal readonly struct Saved(TensorImpl value)
{
    private readonly int _version = value.Storage.Version;

    public TensorImpl Value
    {
        get
        {
            TorchError.Unless(value.Storage.Version == _version,
                $"a tensor of shape {Shapes.Format(value.Shape)} that the gradient needs has been changed by an operation in place");
            return value;
        }
    }
}
