using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Runtime;

internal static partial class Contracts
{
    private const string InvalidState = "Operation is not valid due to the current state of the object.";

    public static void Check([DoesNotReturnIf(false)] bool f) => Check(None, f);
    public static void Check(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f) => Check(ctx, f, InvalidState);
    public static void Check([DoesNotReturnIf(false)] bool f, string msg) => Check(None, f, msg);
    public static void Check(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f, string msg)
    {
        if (!f) throw Except(ctx, msg);
    }

    public static void CheckUserArg([DoesNotReturnIf(false)] bool f, string name, string msg) => CheckParam(None, f, name, msg);
    public static void CheckUserArg(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f, string name, string msg) => CheckParam(ctx, f, name, msg);

    public static void CheckParam([DoesNotReturnIf(false)] bool f, string paramName) => CheckParam(None, f, paramName);
    public static void CheckParam(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f, string paramName)
    {
        if (!f) throw ExceptParam(ctx, paramName);
    }
    public static void CheckParam([DoesNotReturnIf(false)] bool f, string paramName, string msg) => CheckParam(None, f, paramName, msg);
    public static void CheckParam(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f, string paramName, string msg)
    {
        if (!f) throw ExceptParam(ctx, paramName, msg);
    }

    public static T CheckRef<T>([NotNull] T? val, string paramName)
        where T : class
        => CheckRef(None, val, paramName);
    public static T CheckRef<T>(this IExceptionContext? ctx, [NotNull] T? val, string paramName)
        where T : class
        => val ?? throw ExceptValue(ctx, paramName);

    public static void CheckValue<T>([NotNull] T? val, string paramName)
        where T : class
        => CheckValue(None, val, paramName);
    public static void CheckValue<T>(this IExceptionContext? ctx, [NotNull] T? val, string paramName)
        where T : class
    {
        if (val is null) throw ExceptValue(ctx, paramName);
    }

    public static string CheckNonEmpty([NotNull] string? s, string paramName) => CheckNonEmpty(None, s, paramName);
    public static string CheckNonEmpty(this IExceptionContext? ctx, [NotNull] string? s, string paramName)
        => string.IsNullOrEmpty(s) ? throw ExceptEmpty(ctx, paramName) : s;

    public static T[] CheckNonEmpty<T>([NotNull] T[]? args, string paramName) => CheckNonEmpty(None, args, paramName);
    public static T[] CheckNonEmpty<T>(this IExceptionContext? ctx, [NotNull] T[]? args, string paramName)
        => args is null || args.Length == 0 ? throw ExceptEmpty(ctx, paramName) : args;

    public static string CheckNonWhiteSpace([NotNull] string? s, string paramName) => CheckNonWhiteSpace(None, s, paramName);
    public static string CheckNonWhiteSpace(this IExceptionContext? ctx, [NotNull] string? s, string paramName)
        => string.IsNullOrWhiteSpace(s) ? throw ExceptWhiteSpace(ctx, paramName) : s;

    public static void CheckDecode([DoesNotReturnIf(false)] bool f) => CheckDecode(None, f);
    public static void CheckDecode(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f) => CheckDecode(ctx, f, "Corrupt model file");
    public static void CheckDecode([DoesNotReturnIf(false)] bool f, string msg) => CheckDecode(None, f, msg);
    public static void CheckDecode(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f, string msg)
    {
        if (!f) throw ExceptDecode(ctx, msg);
    }

    public static void CheckIO(this IExceptionContext? ctx, [DoesNotReturnIf(false)] bool f, string msg)
    {
        if (!f) throw ExceptIO(ctx, msg);
    }

    /// <summary>Throws OperationCanceledException once the environment was told to stop.</summary>
    public static void CheckAlive(this IHostEnvironment env)
    {
        if (env is ICancelable { IsCanceled: true })
            throw new OperationCanceledException("Operation was canceled.").Process(env);
    }
}
