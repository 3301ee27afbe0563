using System.Numerics;

namespace TorchSharp.Kernels;

#pragma warning disable CA1715 // T is the usual name

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
        where T : unmanaged, INumber<T>;
}

/// <summary>What is asked of a pair of elements.</summary>
internal interface IComparison
{
    static abstract bool Holds<T>(T x, T y)
        where T : unmanaged, INumber<T>;
}

internal readonly struct Add : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, INumber<T> => x + y;
}

internal readonly struct Subtract : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, INumber<T> => x - y;
}

internal readonly struct Multiply : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, INumber<T> => x * y;
}

internal readonly struct Divide : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, INumber<T> => x / y;
}

internal readonly struct Maximum : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, INumber<T> => T.Max(x, y);
}

internal readonly struct Minimum : IBinaryOperation
{
    public static T Apply<T>(T x, T y)
        where T : unmanaged, INumber<T> => T.Min(x, y);
}

internal readonly struct Equal : IComparison
{
    public static bool Holds<T>(T x, T y)
        where T : unmanaged, INumber<T> => x == y;
}

internal readonly struct NotEqual : IComparison
{
    public static bool Holds<T>(T x, T y)
        where T : unmanaged, INumber<T> => x != y;
}

internal readonly struct Less : IComparison
{
    public static bool Holds<T>(T x, T y)
        where T : unmanaged, INumber<T> => x < y;
}

internal readonly struct LessOrEqual : IComparison
{
    public static bool Holds<T>(T x, T y)
        where T : unmanaged, INumber<T> => x <= y;
}

internal readonly struct Greater : IComparison
{
    public static bool Holds<T>(T x, T y)
        where T : unmanaged, INumber<T> => x > y;
}

internal readonly struct GreaterOrEqual : IComparison
{
    public static bool Holds<T>(T x, T y)
        where T : unmanaged, INumber<T> => x >= y;
}

internal readonly struct Exponential : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Exp(x);
}

internal readonly struct Logarithm : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Log(x);
}

internal readonly struct SquareRoot : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Sqrt(x);
}

internal readonly struct ReciprocalSquareRoot : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.One / T.Sqrt(x);
}

internal readonly struct Absolute : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Abs(x);
}

internal readonly struct Sign : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x > T.Zero ? T.One : x < T.Zero ? -T.One : x;
}

internal readonly struct Negate : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => -x;
}

internal readonly struct Floor : IUnaryOperation
{
    public static T Apply<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.Floor(x);
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
