using System.Globalization;
using System.Reflection;

namespace Compat.Tests.PublicSurface;

/// <summary>How the listings in tests/data/api spell types, parameters, default values and generic constraints.</summary>
internal static class ApiNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(sbyte)] = "sbyte",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    /// <summary>A type by its C# keyword or by its full name with generic arguments, nested types joined by dots.</summary>
    public static string Of(Type type)
    {
        if (type.IsGenericParameter) return type.Name;
        if (type.IsArray) return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsPointer) return Of(type.GetElementType()!) + "*";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Of(underlying) + "?";
        return Keywords.TryGetValue(type, out string? keyword) ? keyword : Qualified(type, type.GetGenericArguments());
    }

    /// <summary>The name of a type without namespace, outer types and generic arguments: the name of its constructors.</summary>
    public static string Simple(Type type) => type.Name.Split('`')[0];

    public static string Parameters(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(Parameter));

    /// <summary>" where T : class, new() where ..." or an empty string.</summary>
    public static string Constraints(Type[] genericParameters) =>
        string.Concat(genericParameters.Where(p => p.IsGenericParameter).Select(p => (p.Name, Terms: ConstraintTerms(p).ToList()))
            .Where(p => p.Terms.Count > 0).Select(p => $" where {p.Name} : {string.Join(", ", p.Terms)}"));

    /// <summary>A constant as it is written in source code.</summary>
    public static string Value(object? value, Type type)
    {
        if (value is null) return type.IsValueType && Nullable.GetUnderlyingType(type) is null || type.IsGenericParameter ? "default" : "null";
        if (type.IsEnum) return $"{Of(type)}.{Enum.GetName(type, value)}";
        return value switch
        {
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            char character => $"'\\x{(int)character:X}'",
            float number => number.ToString(CultureInfo.InvariantCulture) + "f",
            double number => number.ToString(CultureInfo.InvariantCulture) + "d",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    private static string Qualified(Type type, Type[] arguments)
    {
        // A nested generic type repeats the parameters of its outer types first; its own are the ones beyond.
        int outerCount = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string outer = type.DeclaringType is { } declaring ? Qualified(declaring, arguments[..outerCount])
            : type.Namespace ?? "";
        string own = arguments.Length > outerCount ? $"<{string.Join(", ", arguments[outerCount..].Select(Of))}>" : "";
        return (outer.Length > 0 ? outer + "." : "") + Simple(type) + own;
    }

    private static string Parameter(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        string prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        if (type.IsByRef)
        {
            prefix = parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
            type = type.GetElementType()!;
        }
        string suffix = parameter.HasDefaultValue ? " = " + Value(parameter.RawDefaultValue, type) : "";
        return $"{prefix}{Of(type)} {parameter.Name}{suffix}";
    }

    private static IEnumerable<string> ConstraintTerms(Type parameter)
    {
        GenericParameterAttributes flags = parameter.GenericParameterAttributes;
        bool isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        if (isStruct) yield return "struct";
        if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) yield return "class";
        foreach (Type constraint in parameter.GetGenericParameterConstraints())
            if (constraint != typeof(ValueType)) yield return Of(constraint);
        if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct) yield return "new()";
    }
}
