using System.Globalization;

namespace Microsoft.ML.Runtime;

/// <summary>
/// Makes exceptions and checks conditions. The exception type says what was wrong: state (InvalidOperationException), an argument
/// (ArgumentOutOfRangeException), a null (ArgumentNullException), a file's content (FormatException). A null context is allowed everywhere.
/// </summary>
internal static partial class Contracts
{
    private const string MarkedKey = "ML_IsMarked";
    private static IExceptionContext? None => null;

    public static TException Process<TException>(this TException ex, IExceptionContext? ectx = null)
        where TException : Exception
        => ectx is null ? Mark(ex) : ectx.Process(ex);

    public static TException Mark<TException>(TException ex)
        where TException : Exception
    {
        ex.Data[MarkedKey] = 1;
        return ex;
    }

    public static bool IsMarked(this Exception ex) => ex.Data.Contains(MarkedKey);

    public static Exception Except(string msg) => Except(None, msg);
    public static Exception Except(this IExceptionContext? ctx, string msg) => new InvalidOperationException(msg).Process(ctx);
    public static Exception Except(string msg, params object?[] args) => Except(None, Format(msg, args));
    public static Exception Except(this IExceptionContext? ctx, string msg, params object?[] args) => Except(ctx, Format(msg, args));
    public static Exception Except(Exception inner, string msg) => Except(None, inner, msg);
    public static Exception Except(this IExceptionContext? ctx, Exception inner, string msg) => new InvalidOperationException(msg, inner).Process(ctx);

    public static Exception ExceptUserArg(string name, string msg) => ExceptParam(None, name, msg);
    public static Exception ExceptUserArg(this IExceptionContext? ctx, string name, string msg) => ExceptParam(ctx, name, msg);
    public static Exception ExceptUserArg(this IExceptionContext? ctx, string name, string msg, params object?[] args) => ExceptParam(ctx, name, Format(msg, args));

    public static Exception ExceptParam(string paramName) => ExceptParam(None, paramName);
    public static Exception ExceptParam(this IExceptionContext? ctx, string paramName) => new ArgumentOutOfRangeException(paramName).Process(ctx);
    public static Exception ExceptParam(string paramName, string msg) => ExceptParam(None, paramName, msg);
    public static Exception ExceptParam(this IExceptionContext? ctx, string paramName, string msg) => new ArgumentOutOfRangeException(paramName, msg).Process(ctx);
    public static Exception ExceptParam(string paramName, string msg, params object?[] args) => ExceptParam(None, paramName, Format(msg, args));
    public static Exception ExceptParam(this IExceptionContext? ctx, string paramName, string msg, params object?[] args) => ExceptParam(ctx, paramName, Format(msg, args));

    public static Exception ExceptParamValue<T>(T value, string paramName, string msg) => ExceptParamValue(None, value, paramName, msg);
    public static Exception ExceptParamValue<T>(this IExceptionContext? ctx, T value, string paramName, string msg)
        => new ArgumentOutOfRangeException(paramName, value, msg).Process(ctx);

    public static Exception ExceptValue(string paramName) => ExceptValue(None, paramName);
    public static Exception ExceptValue(this IExceptionContext? ctx, string paramName) => new ArgumentNullException(paramName).Process(ctx);
    public static Exception ExceptValue(string paramName, string msg) => ExceptValue(None, paramName, msg);
    public static Exception ExceptValue(this IExceptionContext? ctx, string paramName, string msg) => new ArgumentNullException(paramName, msg).Process(ctx);

    public static Exception ExceptEmpty(string paramName) => ExceptEmpty(None, paramName);
    public static Exception ExceptEmpty(this IExceptionContext? ctx, string paramName) => ExceptParam(ctx, paramName, $"{paramName} cannot be null or empty");

    public static Exception ExceptWhiteSpace(string paramName) => ExceptWhiteSpace(None, paramName);
    public static Exception ExceptWhiteSpace(this IExceptionContext? ctx, string paramName) => ExceptParam(ctx, paramName, $"{paramName} cannot be null or white space");

    public static Exception ExceptDecode() => new FormatException().Process();
    public static Exception ExceptDecode(this IExceptionContext? ctx) => new FormatException().Process(ctx);
    public static Exception ExceptDecode(string msg) => ExceptDecode(None, msg);
    public static Exception ExceptDecode(this IExceptionContext? ctx, string msg) => new FormatException(msg).Process(ctx);
    public static Exception ExceptDecode(string msg, params object?[] args) => ExceptDecode(None, Format(msg, args));
    public static Exception ExceptDecode(this IExceptionContext? ctx, string msg, params object?[] args) => ExceptDecode(ctx, Format(msg, args));
    public static Exception ExceptDecode(Exception inner, string msg) => ExceptDecode(None, inner, msg);
    public static Exception ExceptDecode(this IExceptionContext? ctx, Exception inner, string msg) => new FormatException(msg, inner).Process(ctx);

    public static Exception ExceptIO(string msg) => ExceptIO(None, msg);
    public static Exception ExceptIO(this IExceptionContext? ctx, string msg) => new IOException(msg).Process(ctx);
    public static Exception ExceptIO(this IExceptionContext? ctx, Exception inner, string msg) => new IOException(msg, inner).Process(ctx);

    public static Exception ExceptNotSupp(string msg) => ExceptNotSupp(None, msg);
    public static Exception ExceptNotSupp(this IExceptionContext? ctx, string msg) => new NotSupportedException(msg).Process(ctx);

    public static Exception ExceptSchemaMismatch(string paramName, string columnRole, string columnName)
        => ExceptSchemaMismatch(None, paramName, columnRole, columnName);
    public static Exception ExceptSchemaMismatch(this IExceptionContext? ctx, string paramName, string columnRole, string columnName)
        => ExceptParam(ctx, paramName, $"Could not find {columnRole} column '{columnName}'");
    public static Exception ExceptSchemaMismatch(string paramName, string columnRole, string columnName, string expectedType, string actualType)
        => ExceptSchemaMismatch(None, paramName, columnRole, columnName, expectedType, actualType);
    public static Exception ExceptSchemaMismatch(this IExceptionContext? ctx, string paramName, string columnRole, string columnName, string expectedType, string actualType)
        => ExceptParam(ctx, paramName, $"Schema mismatch for {columnRole} column '{columnName}': expected {expectedType}, got {actualType}");

    private static string Format(string msg, object?[] args) => string.Format(CultureInfo.InvariantCulture, msg, args);
}
