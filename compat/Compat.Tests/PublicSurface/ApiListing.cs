using System.Reflection;
using System.Runtime.CompilerServices;

namespace Compat.Tests.PublicSurface;

/// <summary>
/// What an assembly shows to the outside, one line per type ("T ...") and per public or protected member ("M Type.Member: signature"), in the form of
/// the listings in tests/data/api. Operators, and members that only implement an interface explicitly, are not part of that form.
/// </summary>
internal static class ApiListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetExportedTypes().SelectMany(type => Members(type).Prepend("T " + Header(type))).Order(StringComparer.Ordinal);

    private static string Header(Type type)
    {
        string name = ApiNames.Of(type), constraints = ApiNames.Constraints(type.GetGenericArguments());
        if (type.IsEnum)
            return $"public enum {name} : {ApiNames.Of(Enum.GetUnderlyingType(type))}{(type.IsDefined(typeof(FlagsAttribute)) ? " [Flags]" : "")}";
        if (IsDelegate(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"public delegate {ApiNames.Of(invoke.ReturnType)} {WithVariance(type, name)}({ApiNames.Parameters(invoke.GetParameters())}){constraints}";
        }
        string bases = string.Join(", ", Bases(type));
        return $"public {Kind(type)} {WithVariance(type, name)}{(bases.Length > 0 ? " : " + bases : "")}{constraints}"
            + (type.IsClass && type.IsAbstract && !type.IsSealed && IsClosedToOutside(type)
                ? " // cannot be derived outside (non-public constructor or abstract member)" : "");
    }

    private static string Kind(Type type)
    {
        if (type.IsInterface) return "interface";
        if (type.IsValueType)
            return (type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "") + (type.IsByRefLike ? "ref " : "") + "struct";
        return (type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + "class";
    }

    private static string WithVariance(Type type, string name)
    {
        foreach (Type parameter in type.GetGenericArguments())
        {
            string? variance = (parameter.GenericParameterAttributes & GenericParameterAttributes.VarianceMask) switch
            {
                GenericParameterAttributes.Covariant => "out ",
                GenericParameterAttributes.Contravariant => "in ",
                _ => null,
            };
            if (variance is null) continue;
            name = name.Replace($"<{parameter.Name},", $"<{variance}{parameter.Name},").Replace($"<{parameter.Name}>", $"<{variance}{parameter.Name}>")
                .Replace($", {parameter.Name},", $", {variance}{parameter.Name},").Replace($", {parameter.Name}>", $", {variance}{parameter.Name}>");
        }
        return name;
    }

    /// <summary>The base class, and the visible interfaces that neither the base class nor another visible interface brings along.</summary>
    private static IEnumerable<string> Bases(Type type)
    {
        if (type.BaseType is { } baseType && baseType != typeof(object) && baseType != typeof(ValueType)) yield return ApiNames.Of(baseType);
        var visible = type.GetInterfaces().Where(i => i.IsVisible).Except(type.BaseType?.GetInterfaces() ?? []).ToList();
        foreach (string name in visible.Where(i => !visible.Any(other => other != i && other.GetInterfaces().Contains(i)))
            .Select(ApiNames.Of).Order(StringComparer.Ordinal))
            yield return name;
    }

    private static bool IsClosedToOutside(Type type) =>
        !type.GetConstructors(Declared).Any(c => !c.IsStatic && IsShown(c))
        || type.GetMethods(Declared).Any(m => m.IsAbstract && !IsShown(m));

    private static IEnumerable<string> Members(Type type)
    {
        if (IsDelegate(type)) yield break;
        string owner = ApiNames.Of(type);
        if (type.IsEnum)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Static))
                yield return $"M {owner}.{field.Name} = {field.GetRawConstantValue()}";
            yield break;
        }
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsShown(c)))
            yield return $"M {owner}.ctor: {Modifiers(constructor)} {ApiNames.Simple(type)}({ApiNames.Parameters(constructor.GetParameters())})";
        foreach (FieldInfo field in type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly))
            yield return $"M {owner}.{field.Name}: {Field(field)}";
        foreach (PropertyInfo property in type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(IsShown)))
            yield return $"M {owner}.{property.Name}: {Property(property)}";
        foreach (EventInfo @event in type.GetEvents(Declared).Where(e => IsShown(e.AddMethod!)))
            yield return $"M {owner}.{@event.Name}: {Modifiers(@event.AddMethod!)} event {ApiNames.Of(@event.EventHandlerType!)} {@event.Name}";
        foreach (MethodInfo method in type.GetMethods(Declared).Where(m => !m.IsSpecialName && IsShown(m)))
            yield return $"M {owner}.{method.Name}: {Method(method)}";
    }

    private static string Field(FieldInfo field)
    {
        string access = field.IsPublic ? "public" : field.IsFamily ? "protected" : "protected internal";
        if (field.IsLiteral)
            return $"{access} const {ApiNames.Of(field.FieldType)} {field.Name} = {ApiNames.Value(field.GetRawConstantValue(), field.FieldType)}";
        return $"{access} {(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{ApiNames.Of(field.FieldType)} {field.Name}";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo[] accessors = [.. property.GetAccessors(true).Where(IsShown)];
        // The wider of the two accesses is the property's; a narrower accessor repeats its own.
        MethodInfo widest = accessors.MaxBy(a => a.IsPublic ? 2 : a.IsFamilyOrAssembly ? 1 : 0)!;
        string Accessor(MethodInfo? accessor, string keyword) => accessor is null || !IsShown(accessor) ? ""
            : (Access(accessor) == Access(widest) ? "" : Access(accessor) + " ") + keyword + "; ";
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length > 0 ? $"this[{ApiNames.Parameters(index)}]" : property.Name;
        string accessorList = Accessor(property.GetMethod, "get") + Accessor(property.SetMethod, "set");
        return $"{Modifiers(widest)} {ApiNames.Of(property.PropertyType)} {name} {{ {accessorList}}}";
    }

    private static string Method(MethodInfo method)
    {
        string modifiers = method.DeclaringType!.IsInterface ? "" : Modifiers(method) + " ";
        Type[] generic = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        string parameters = (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + ApiNames.Parameters(method.GetParameters());
        string name = method.Name + (generic.Length > 0 ? $"<{string.Join(", ", generic.Select(ApiNames.Of))}>" : "");
        return $"{modifiers}{ReturnType(method)} {name}({parameters}){ApiNames.Constraints(generic)}";
    }

    private static string ReturnType(MethodInfo method) =>
        method.ReturnType.IsByRef ? "ref " + ApiNames.Of(method.ReturnType.GetElementType()!) : ApiNames.Of(method.ReturnType);

    private static string Modifiers(MethodBase member)
    {
        string access = Access(member);
        if (member.IsStatic) return access + " static";
        if (member.IsAbstract) return access + " abstract" + (IsOverride(member) ? " override" : "");
        if (IsOverride(member)) return access + (member.IsFinal ? " sealed override" : " override");
        return member.IsVirtual && !member.IsFinal ? access + " virtual" : access;
    }

    private static bool IsOverride(MethodBase member) => member is MethodInfo { IsVirtual: true } method && method.GetBaseDefinition() != method;

    private static string Access(MethodBase member) => member.IsPublic ? "public" : member.IsFamily ? "protected" : "protected internal";

    private static bool IsShown(MethodBase member) => member.IsPublic || member.IsFamily || member.IsFamilyOrAssembly;

    private static bool IsDelegate(Type type) => typeof(MulticastDelegate).IsAssignableFrom(type);
}
