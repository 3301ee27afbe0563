using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Compat.Tests.PublicSurface;

namespace Compat.TorchSharp.Tests.PublicSurface;

/// <summary>
/// What an assembly shows to the outside in the form of the TorchSharp listings: a line "T type :: header" per type, "M type :: member" per public or
/// protected member; operators are there by their names in metadata.
/// </summary>
internal static partial class TorchListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetExportedTypes().SelectMany(type => Members(type).Select(member => $"M {ApiNames.Of(type)} :: {member}").Prepend($"T {ApiNames.Of(type)} :: {Header(type)}"))
            .Order(StringComparer.Ordinal);

    /// <summary>The type of a line, and the name of its member; the name is empty on the line of a type.</summary>
    public static (string Type, string Member) Subject(string line)
    {
        string[] halves = line[2..].Split(" :: ", 2);
        if (line[0] == 'T') return (halves[0], "");
        Match index = Indexer().Match(halves[1]), call = Call().Match(halves[1]), word = Word().Match(halves[1]);
        return (halves[0], index.Success ? "this[]" : call.Success ? call.Groups[1].Value : word.Groups[1].Value);
    }

    private static string Header(Type type)
    {
        if (type.IsEnum) return "public enum";
        string kind = type.IsInterface ? "interface" : type.IsValueType ? "struct" : (type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + "class";
        List<string> bases = [];
        if (type.BaseType is { } baseType && baseType != typeof(object) && baseType != typeof(ValueType)) bases.Add(ApiNames.Of(baseType));
        var visible = type.GetInterfaces().Where(i => i.IsVisible).Except(type.BaseType?.GetInterfaces() ?? []).ToList();
        bases.AddRange(visible.Where(i => !visible.Any(other => other != i && other.GetInterfaces().Contains(i))).Select(ApiNames.Of).Order(StringComparer.Ordinal));
        return $"public {kind}{(bases.Count > 0 ? " : " + string.Join(", ", bases) : "")}{Constraints(type.GetGenericArguments())}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Static)) yield return $"{field.Name} = {field.GetRawConstantValue()}";
            yield break;
        }
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsShown(c)))
            yield return $"{Access(constructor)} .ctor({Parameters(constructor)})";
        foreach (FieldInfo field in type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily))
            yield return $"{(field.IsPublic ? "public" : "protected")}{(field.IsStatic ? " static" : "")}{(field.IsInitOnly ? " readonly" : "")} {ApiNames.Of(field.FieldType)} {field.Name}";
        foreach (PropertyInfo property in type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(IsShown)))
            yield return Property(property);
        foreach (MethodInfo method in type.GetMethods(Declared).Where(m => IsShown(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))))
        {
            Type[] generic = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
            string name = method.Name + (generic.Length > 0 ? $"<{string.Join(", ", generic.Select(ApiNames.Of))}>" : "");
            yield return $"{Modifiers(method)} {ApiNames.Of(method.ReturnType)} {name}({Parameters(method)}){Constraints(generic)}";
        }
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo[] accessors = [.. property.GetAccessors(true).Where(IsShown)];
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length > 0 ? $"this[{Plain(ApiNames.Parameters(index))}]" : property.Name;
        return $"{Modifiers(accessors[0])} {ApiNames.Of(property.PropertyType)} {name} {{ {(property.GetMethod is { } get && IsShown(get) ? "get; " : "")}"
            + $"{(property.SetMethod is { } set && IsShown(set) ? "set; " : "")}}}";
    }

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + Plain(ApiNames.Parameters(method.GetParameters()));

    /// <summary>These listings write numbers without the suffix of their type.</summary>
    private static string Plain(string parameters) => NumberSuffix().Replace(parameters, "$1");

    private static string Constraints(Type[] generic)
    {
        string unmanaged = string.Concat(generic.Where(p => p.IsGenericParameter && p.CustomAttributes.Any(a => a.AttributeType.Name == "IsUnmanagedAttribute"))
            .Select(p => $" where {p.Name} : unmanaged"));
        return unmanaged.Length > 0 ? unmanaged : ApiNames.Constraints(generic);
    }

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic) return Access(method) + " static";
        if (method.IsAbstract) return Access(method) + " abstract";
        if (method.IsVirtual && method.GetBaseDefinition() != method) return Access(method) + " override";
        return method.IsVirtual && !method.IsFinal ? Access(method) + " virtual" : Access(method);
    }

    private static string Access(MethodBase member) => member.IsPublic ? "public" : "protected";

    private static bool IsShown(MethodBase member) => member.IsPublic || member.IsFamily;

    [GeneratedRegex(@"(= -?[0-9][0-9.E+-]*)[df]\b")]
    private static partial Regex NumberSuffix();

    [GeneratedRegex(@" this\[")]
    private static partial Regex Indexer();

    [GeneratedRegex(@"([.\w]+)(?:<[^()]*>)?\((?!.*\)\()")]
    private static partial Regex Call();

    [GeneratedRegex(@"(\w+)(?: = -?\d+| \{.*\})?(?: \[Obsolete\])?$")]
    private static partial Regex Word();
}
