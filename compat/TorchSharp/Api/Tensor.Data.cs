using TorchSharp.Functions;
using TorchSharp.Tensors;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Values in and out, and copies.</summary>
    public partial class Tensor
    {
        /// <summary>The memory of a contiguous tensor.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!Impl.IsContiguous) throw new InvalidOperationException("the bytes of a tensor are those of a contiguous one; call contiguous() first");
                return Impl.Bytes();
            }
            set
            {
                Span<byte> own = bytes;
                if (value.Length != own.Length) throw new ArgumentException($"the tensor has {own.Length} bytes, {value.Length} were given", nameof(value));
                value.CopyTo(own);
            }
        }

        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            if (Elements.TypeOf<T>() != Impl.Type) throw new ArgumentException($"the elements are {Impl.Type}, not {typeof(T).Name}");
            return new TensorAccessor<T>(this);
        }

        public T item<T>()
            where T : unmanaged
        {
            if (Impl.Count != 1) throw new ArgumentException($"item: the tensor has {Impl.Count} elements; only of a single one the value is meant");
            if (Elements.TypeOf<T>() != Impl.Type) throw new ArgumentException($"the element is {Impl.Type}, not {typeof(T).Name}");
            return Impl.Storage.As<T>()[(int)Impl.Offset];
        }

        public Tensor clone() => new(Layouts.Clone(Impl));

        public Tensor contiguous() => new(Layouts.Contiguous(Impl));

        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            InPlace.Write(Impl, source.Impl, "copy_");
            return this;
        }

        public Tensor zero_() => fill_(0);

        public Tensor fill_(Scalar value)
        {
            InPlace.Write(Impl, value.Number, "fill_");
            return this;
        }

        public Tensor cpu() => new(Impl);

        /// <summary>Page-locked memory is for copies to a GPU; as in a libtorch without CUDA there is none.</summary>
        public Tensor pin_memory() => throw TorchError.Of("page-locked memory cannot be had: there is no CUDA device");

        public Tensor @float() => to_type(ScalarType.Float32);

        public Tensor @double() => to_type(ScalarType.Float64);

        public Tensor bfloat16() => to_type(ScalarType.BFloat16);

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            // A new handle in any case; of the same tensor where nothing changes and no copy is asked for.
            TensorImpl converted = Layouts.Cast(Impl, type);
            var result = new Tensor(copy && ReferenceEquals(converted, Impl) ? Layouts.Clone(Impl) : converted);
            if (disposeAfter) Dispose();
            return result;
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to_type(type, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            InitializeDevice(device);
            return to_type(Impl.Type, copy, disposeAfter, non_blocking);
        }

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            InitializeDevice(device);
            return to_type(type, copy, disposeAfter, non_blocking);
        }
    }
}
