using TorchSharp.Functions;
using TorchSharp.Kernels;
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

        public static Tensor operator -(Tensor tensor) => tensor.neg();

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

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => new(Rounded(Arithmetic.Divide(Impl, target.Impl), rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => new(Rounded(Arithmetic.Divide(Impl, target.Number), rounding_mode));

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Become(Rounded(Arithmetic.Divide(Impl, target.Impl), rounding_mode), nameof(div_));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Become(Rounded(Arithmetic.Divide(Impl, target.Number), rounding_mode), nameof(div_));

        /// <summary>self += value · tensor1 · tensor2.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Become(Arithmetic.Add(Impl, Arithmetic.Multiply(Arithmetic.Multiply(tensor1.Impl, tensor2.Impl), value.Number)), nameof(addcmul_));

        /// <summary>self += value · tensor1 / tensor2.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Become(Arithmetic.Add(Impl, Arithmetic.Multiply(Arithmetic.Divide(tensor1.Impl, tensor2.Impl), value.Number)), nameof(addcdiv_));

        public Tensor pow(Scalar exponent) => new(Arithmetic.Power(Impl, exponent.Number));

        public Tensor square() => new(Arithmetic.Power(Impl, TensorImpl.Number(2)));

        public Tensor maximum(Tensor other) => new(Arithmetic.Maximum(Impl, other.Impl));

        public Tensor minimum(Tensor other) => new(Arithmetic.Minimum(Impl, other.Impl));

        public Tensor eq(Tensor target) => new(Elementwise.Compare<Equal>(Impl, target.Impl));

        public Tensor eq(Scalar target) => new(Elementwise.Compare<Equal>(Impl, target.Number));

        public Tensor lt(Scalar target) => new(Elementwise.Compare<Less>(Impl, target.Number));

        public Tensor gt(Scalar target) => new(Elementwise.Compare<Greater>(Impl, target.Number));

        /// <summary>This tensor where the condition holds, else y.</summary>
        public Tensor where(Tensor condition, Tensor y) => new(Arithmetic.Select(condition.Impl, Impl, y.Impl));

        private static TensorImpl Rounded(TensorImpl quotient, RoundingMode mode) => mode switch
        {
            RoundingMode.None => quotient,
            RoundingMode.floor => Pointwise.Floor(quotient),
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "only None and floor are supported"),
        };

        private Tensor Become(TensorImpl value, string name)
        {
            InPlace.Write(Impl, value, name);
            return this;
        }
    }

    public enum RoundingMode
    {
        None = 0,
        floor = 2,
    }
}
