using System.Numerics;

namespace TorchSharp.Kernels;

/// <summary>What is done to one element.</summary>
internal interface IUnaryOperation
{
    static abstract T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>What is done to a pair of elements.</summary>
internal interface IBinaryOperation
{
    static abstract T Apply<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

internal readonly struct Add : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x + y;
}

internal readonly struct Subtract : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x - y;
}

internal readonly struct Multiply : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x * y;
}

internal readonly struct Divide : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x / y;
}

/// <summary>x / y, and 0 where y is 0.</summary>
internal readonly struct DivideByNonZero : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.IsZero(y) ? T.Zero : x / y;
}

internal readonly struct Negate : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => -x;
}

internal readonly struct Exponential : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Exp(x);
}

internal readonly struct SquareRoot : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Sqrt(x);
}

/// <summary>x Φ(x), with the distribution function Φ of the standard normal distribution.</summary>
internal readonly struct GaussianErrorLinear : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double value = double.CreateTruncating(x);
        return T.CreateTruncating(value * ErrorFunction.Normal(value));
    }
}

/// <summary>The derivative of x Φ(x): Φ(x) + x φ(x).</summary>
internal readonly struct GaussianErrorLinearSlope : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double value = double.CreateTruncating(x);
        return T.CreateTruncating(ErrorFunction.Normal(value) + (value * Math.Exp(-0.5 * value * value) / Math.Sqrt(2 * Math.PI)));
    }
}
