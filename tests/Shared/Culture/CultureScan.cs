using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace ConvNeXt.Tests.Culture;

/// <summary>
/// Finds compiled code that formats numbers or dates with the current culture: interpolated strings without a culture, concatenation, string.Join, and values
/// boxed for a log that formats them later. Plain integers are allowed: only their minus sign differs, and only in few cultures.
/// </summary>
internal static class CultureScan
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly HashSet<Type> _cultural =
    [
        typeof(float), typeof(double), typeof(decimal), typeof(Half), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly),
    ];

    /// <summary>Returns one line per finding: type, method and what is formatted.</summary>
    public static IEnumerable<string> Find(Assembly assembly) => assembly.GetTypes().SelectMany(Find);

    /// <summary>Returns the findings in one type.</summary>
    public static IEnumerable<string> Find(Type type) =>
        from method in type.GetMembers(Members).OfType<MethodBase>()
        where method.Name != "PrintMembers" // compiler-generated text of records, for debuggers
        from found in FindIn(method)
        select $"{type.FullName}.{method.Name}: {found}";

    private static IEnumerable<string> FindIn(MethodBase method)
    {
        var isCurrent = new Stack<bool>(); // for each interpolated string under construction: whether it has no culture
        var boxed = new List<Type>(); // since the last call that could have consumed them
        string text = ""; // the last constant: the format of an interpolation, if it has one
        foreach ((OpCode operation, object? operand) in MethodBodyReader.Read(method))
        {
            if (operation == OpCodes.Ldstr) text = (string)operand!;
            if (operation == OpCodes.Box && operand is Type type && IsCultural(type)) boxed.Add(type);
            if (operand is not MethodBase called) continue;

            bool takesObjects = TakesObjects(called);
            if (takesObjects) foreach (Type each in boxed) yield return $"a boxed {each.Name}";
            if (takesObjects || called.IsConstructor || called.DeclaringType == typeof(FormattableStringFactory)) boxed.Clear();

            if (IsHandler(called.DeclaringType) && called.IsConstructor) isCurrent.Push(!TakesCulture(called));
            else if (IsHandler(called.DeclaringType) && called.Name == "AppendFormatted" && isCurrent.Peek() && IsFormatted(called, text)) yield return "{}";
            else if (FinishesHandler(called)) isCurrent.Pop();
            else if (FormatsNumbers(called)) yield return $"{called.DeclaringType!.Name}.{called.Name}";
        }
    }

    private static bool IsCultural(Type? type) => type is not null && _cultural.Contains(Nullable.GetUnderlyingType(type) ?? type);

    private static bool IsHandler(Type? type) => type?.Name.EndsWith("InterpolatedStringHandler", StringComparison.Ordinal) == true;

    private static bool TakesCulture(MethodBase method) => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(IFormatProvider));

    private static bool FinishesHandler(MethodBase method) =>
        (IsHandler(method.DeclaringType) && method.Name == nameof(DefaultInterpolatedStringHandler.ToStringAndClear))
        || method.GetParameters().Any(parameter => IsHandler(parameter.ParameterType.GetElementType() ?? parameter.ParameterType));

    private static bool IsFormatted(MethodBase append, string format)
    {
        ParameterInfo[] parameters = append.GetParameters();
        Type type = parameters[0].ParameterType;
        if (IsCultural(type)) return true;
        bool isDigits = format.StartsWith("D", StringComparison.OrdinalIgnoreCase) || format.StartsWith("X", StringComparison.OrdinalIgnoreCase);
        return parameters.Any(parameter => parameter.Name == "format") && type != typeof(Guid) && type != typeof(string) && !isDigits;
    }

    private static bool FormatsNumbers(MethodBase method) =>
        method.DeclaringType == typeof(string)
            ? method.IsGenericMethod && method.Name is nameof(string.Join) or nameof(string.Concat) && IsCultural(method.GetGenericArguments().FirstOrDefault())
            : method.Name == nameof(ToString) && IsCultural(method.DeclaringType) && !TakesCulture(method);

    /// <summary>Whether a method formats boxed values later without a culture, as ML.NET's channels do. FormattableString gets a culture later.</summary>
    private static bool TakesObjects(MethodBase method) =>
        method.DeclaringType != typeof(FormattableStringFactory)
        && method.GetParameters() is [.., { ParameterType: var last }] parameters && last == typeof(object[])
        && parameters.Any(parameter => parameter.ParameterType == typeof(string)) && !TakesCulture(method);
}
