using System.Reflection;
using System.Reflection.Emit;

namespace ConvNeXt.Tests.Culture;

/// <summary>Reads the IL instructions of a compiled method.</summary>
internal static class MethodBodyReader
{
    private static readonly Dictionary<short, OpCode> _codes =
        typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Returns the instructions in order, each with its string, method or type operand; null for other operands.</summary>
    public static IEnumerable<(OpCode Code, object? Operand)> Read(MethodBase method)
    {
        byte[] il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] typeArguments = method.DeclaringType is { IsGenericType: true } owner ? owner.GetGenericArguments() : [];
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int at = 0; at < il.Length;)
        {
            OpCode code = il[at] == 0xFE ? _codes[(short)(0xFE00 | il[at + 1])] : _codes[il[at]];
            at += code.Size;
            int token = at + 4 <= il.Length ? BitConverter.ToInt32(il, at) : 0;
            yield return (code, code.OperandType switch
            {
                OperandType.InlineString => method.Module.ResolveString(token),
                OperandType.InlineMethod => method.Module.ResolveMethod(token, typeArguments, methodArguments),
                OperandType.InlineType => method.Module.ResolveType(token, typeArguments, methodArguments),
                _ => null,
            });
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * token,
                _ => 4,
            };
        }
    }
}
