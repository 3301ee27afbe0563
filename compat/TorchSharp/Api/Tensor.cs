using TorchSharp.Autograd;
using TorchSharp.Tensors;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A handle of a tensor. The dispose scope that was innermost when it was made owns it; what it stands for lives on while others need it.</summary>
    public partial class Tensor : IDisposable
    {
        private static long _total, _peak;

        private TensorImpl? _impl;

        internal Tensor(TensorImpl impl)
        {
            _impl = impl;
            long total = Interlocked.Increment(ref _total);
            for (long peak = _peak; total > peak; peak = _peak) Interlocked.CompareExchange(ref _peak, total, peak);
            OwningScope = DisposeScopeManager.OfThread.Register(this);
        }

        /// <summary>Handles that are not disposed, of all threads.</summary>
        public static long TotalCount => Interlocked.Read(ref _total);

        public static long PeakCount => Interlocked.Read(ref _peak);

        public bool IsInvalid => _impl is null;

        public ScalarType dtype => Impl.Type;

        public Device device => _impl is null ? throw Invalid() : CPU;

        public long[] shape => [.. Impl.Shape];

        public long NumberOfElements => Impl.Count;

        public bool is_leaf => Impl.Maker is null;

        public bool requires_grad
        {
            get => Impl.RequiresGrad;
            set => requires_grad_(value);
        }

        /// <summary>A new handle at each reading; null where there is none.</summary>
        public Tensor? grad
        {
            get => Impl.Grad is { } gradient ? new Tensor(gradient) : null;
            set => Impl.Grad = value?.Impl;
        }

        internal TensorImpl Impl => _impl ?? throw Invalid();

        internal DisposeScope? OwningScope { get; set; }

        public long[] stride() => [.. Impl.Strides];

        public bool is_contiguous() => Impl.IsContiguous;

        public Tensor requires_grad_(bool requires_grad = true)
        {
            TorchError.Unless(requires_grad || Impl.Maker is null, "only of a leaf can be said that it requires no gradients; detach() gives one");
            if (Impl.Maker is null) Impl.IsTrainable = requires_grad;
            return this;
        }

        public void backward() => BackwardPass.Accumulate(Impl, GradientOfNumber(Impl));

        /// <summary>The same memory outside the recorded computation.</summary>
        public Tensor detach() => new(Impl.Detached());

        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningScope?.Detach(this);
            return this;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        public override string ToString() => _impl is null ? "disposed" : $"{Shapes.Format(Impl.Shape)}, type = {Impl.Type}, device = {CPU}";

        /// <summary>One: the gradient that a result of one element has of itself.</summary>
        internal static TensorImpl GradientOfNumber(TensorImpl result)
        {
            TorchError.Unless(result.Count == 1, $"backward: the result has shape {Shapes.Format(result.Shape)}; only the gradient of a single number is implied");
            TensorImpl one = TensorImpl.Allocate(result.Shape, result.Type);
            Elements.Store<double>([1], one);
            return one;
        }

        protected virtual void Dispose(bool disposing)
        {
            if (_impl is null) return;
            DisposeScopeManager.OfThread.Disposing(this);
            Interlocked.Decrement(ref _total);
            _impl = null;
        }

        private static InvalidOperationException Invalid() => new("Tensor invalid -- empty handle.");
    }
}
