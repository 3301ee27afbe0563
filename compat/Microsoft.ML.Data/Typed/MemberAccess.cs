using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace Microsoft.ML.Data;

/// <summary>Reads a member of a row object.</summary>
internal delegate TValue Peek<in TRow, out TValue>(TRow row);

/// <summary>Writes a member of a row object.</summary>
internal delegate void Poke<in TRow, in TValue>(TRow row, TValue value);

/// <summary>Compiled access to the fields and properties of <typeparamref name="TRow"/>: made once per member, then as fast as written code.</summary>
internal static class MemberAccess<TRow>
    where TRow : class
{
    private static readonly ConcurrentDictionary<MemberInfo, Delegate> _peeks = new();
    private static readonly ConcurrentDictionary<MemberInfo, Delegate> _pokes = new();

    public static Peek<TRow, TValue> Reader<TValue>(MemberInfo member) => (Peek<TRow, TValue>)_peeks.GetOrAdd(member, MakePeek<TValue>);

    public static Poke<TRow, TValue> Writer<TValue>(MemberInfo member) => (Poke<TRow, TValue>)_pokes.GetOrAdd(member, MakePoke<TValue>);

    // Emitted, not an expression tree: result classes with readonly fields are filled too, and the row class may be private to its assembly.
    private static Delegate MakePeek<TValue>(MemberInfo member)
    {
        var method = new DynamicMethod("Read" + member.Name, typeof(TValue), [typeof(TRow)], typeof(MemberAccess<TRow>), skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        if (member is FieldInfo field)
            il.Emit(OpCodes.Ldfld, field);
        else
            il.Emit(OpCodes.Callvirt, ((PropertyInfo)member).GetGetMethod()!);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Peek<TRow, TValue>>();
    }

    private static Delegate MakePoke<TValue>(MemberInfo member)
    {
        var method = new DynamicMethod("Write" + member.Name, null, [typeof(TRow), typeof(TValue)], typeof(MemberAccess<TRow>), skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        if (member is FieldInfo field)
            il.Emit(OpCodes.Stfld, field);
        else
            il.Emit(OpCodes.Callvirt, ((PropertyInfo)member).GetSetMethod()!);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Poke<TRow, TValue>>();
    }
}
