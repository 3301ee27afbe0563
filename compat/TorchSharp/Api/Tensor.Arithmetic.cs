using TorchSharp.Functions;
using TorchSharp.Tensors;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Arithmetic with tensors and numbers; names that end in an underscore write into the tensor itself.</summary>
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        public Tensor add(Tensor target) => new(Arithmetic.Add(Impl, target.Impl));

        public Tensor add(Scalar scalar) => new(Arithmetic.Add(Impl, scalar.Number));

        public Tensor add(Tensor target, Scalar alpha) => new(Arithmetic.Add(Impl, Arithmetic.Multiply(target.Impl, alpha.Number)));

        public Tensor add_(Tensor target) => Become(Arithmetic.Add(Impl, target.Impl), nameof(add_));

        public Tensor add_(Scalar scalar) => Become(Arithmetic.Add(Impl, scalar.Number), nameof(add_));

        public Tensor add_(Tensor target, Scalar alpha) => Become(Arithmetic.Add(Impl, Arithmetic.Multiply(target.Impl, alpha.Number)), nameof(add_));

        public Tensor sub(Tensor target) => new(Arithmetic.Subtract(Impl, target.Impl));

        public Tensor sub(Scalar target) => new(Arithmetic.Subtract(Impl, target.Number));

        public Tensor sub_(Tensor target) => Become(Arithmetic.Subtract(Impl, target.Impl), nameof(sub_));

        public Tensor sub_(Scalar target) => Become(Arithmetic.Subtract(Impl, target.Number), nameof(sub_));

        public Tensor mul(Tensor target) => new(Arithmetic.Multiply(Impl, target.Impl));

        public Tensor mul(Scalar target) => new(Arithmetic.Multiply(Impl, target.Number));

        public Tensor mul_(Tensor target) => Become(Arithmetic.Multiply(Impl, target.Impl), nameof(mul_));

        public Tensor mul_(Scalar target) => Become(Arithmetic.Multiply(Impl, target.Number), nameof(mul_));

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => new(Arithmetic.Divide(Impl, target.Impl));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => new(Arithmetic.Divide(Impl, target.Number));

        /// <summary>self += value · tensor1 · tensor2.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Become(Arithmetic.Add(Impl, Arithmetic.Multiply(Arithmetic.Multiply(tensor1.Impl, tensor2.Impl), value.Number)), nameof(addcmul_));

        /// <summary>self += value · tensor1 / tensor2.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Become(Arithmetic.Add(Impl, Arithmetic.Multiply(Arithmetic.Divide(tensor1.Impl, tensor2.Impl), value.Number)), nameof(addcdiv_));

        public Tensor square() => new(Arithmetic.Multiply(Impl, Impl));

        private Tensor Become(TensorImpl value, string name)
        {
            InPlace.Write(Impl, value, name);
            return this;
        }
    }

    /// <summary>A quotient is not rounded here.</summary>
    public enum RoundingMode
    {
        None = 0,
    }
}
