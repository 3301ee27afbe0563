using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>
/// Interprets a pickle as data. A pickle is a program for a stack machine; only the operations that build plain values are supported, and "calls" have only the
/// meanings defined by <see cref="AllowedGlobals"/>. Nothing is imported or run. The number of values is limited, so a small file cannot use much memory.
/// </summary>
internal sealed class PickleMachine
{
    /// <summary>Far more than any checkpoint needs (ConvNeXt-XL with optimizer state: under 100,000); limits a malicious pickle to about 40 MB.</summary>
    private const int MaximumValues = 400_000;

    /// <summary>
    /// Names and script arguments take a few hundred KB even in large checkpoints. Prevents a malicious pickle from being decoded to text as a whole.
    /// </summary>
    private const int MaximumTextBytes = 8 << 20;

    private static readonly object Mark = new();
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly Func<PickleTuple, object> _resolveStorage;
    private int _position, _values, _textBytes;

    private PickleMachine(byte[] bytes, int start, Func<PickleTuple, object> resolveStorage) =>
        (_bytes, _position, _resolveStorage) = (bytes, start, resolveStorage);

    /// <summary>Reads the pickle at <paramref name="position"/> and sets the position to the byte after it.</summary>
    /// <param name="bytes">Contains the pickle.</param>
    /// <param name="position">First byte of the pickle.</param>
    /// <param name="resolveStorage">Creates a storage from a persistent id.</param>
    /// <exception cref="InvalidDataException">An operation or a name is not allowed, or the pickle is damaged.</exception>
    internal static object? Read(byte[] bytes, ref int position, Func<PickleTuple, object> resolveStorage)
    {
        var machine = new PickleMachine(bytes, position, resolveStorage);
        object? value = machine.Run();
        position = machine._position;
        return value;
    }

    private object? Run()
    {
        while (true)
        {
            int at = _position;
            var operation = (PickleOperation)ReadByte();
            switch (operation)
            {
                case PickleOperation.STOP:
                    object? result = Pop();
                    return _stack.Count == 0 ? result : throw Damaged($"{_stack.Count} values are left on the stack");
                case PickleOperation.PROTO: Skip(1); break;
                case PickleOperation.FRAME: Skip(8); break;
                case PickleOperation.MARK: Push(Mark); break;
                case PickleOperation.POP: _ = PopAny(); break;
                case PickleOperation.POP_MARK: _ = PopToMark(); break;
                case PickleOperation.NONE: Push(null); break;
                case PickleOperation.NEWTRUE: Push(true); break;
                case PickleOperation.NEWFALSE: Push(false); break;
                case PickleOperation.BININT: Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
                case PickleOperation.BININT1: Push((long)ReadByte()); break;
                case PickleOperation.BININT2: Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
                case PickleOperation.LONG1: Push(ToInteger(Take(ReadByte()))); break;
                case PickleOperation.BINFLOAT: Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
                case PickleOperation.BINSTRING: Push(Encoding.Latin1.GetString(TakeText(ReadLength32()))); break;
                case PickleOperation.SHORT_BINSTRING: Push(Encoding.Latin1.GetString(TakeText(ReadByte()))); break;
                case PickleOperation.BINUNICODE: Push(ReadText(ReadLength32())); break;
                case PickleOperation.SHORT_BINUNICODE: Push(ReadText(ReadByte())); break;
                case PickleOperation.BINUNICODE8: Push(ReadText(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)))); break;
                case PickleOperation.BINBYTES: Push(TakeText(ReadLength32()).ToArray()); break;
                case PickleOperation.SHORT_BINBYTES: Push(TakeText(ReadByte()).ToArray()); break;
                case PickleOperation.EMPTY_LIST or PickleOperation.EMPTY_SET: Push(new PickleList()); break;
                case PickleOperation.EMPTY_DICT: Push(new PickleDictionary()); break;
                case PickleOperation.EMPTY_TUPLE: Push(new PickleTuple([])); break;
                case PickleOperation.TUPLE: Push(new PickleTuple(PopToMark())); break;
                case PickleOperation.TUPLE1: PushTuple(1); break;
                case PickleOperation.TUPLE2: PushTuple(2); break;
                case PickleOperation.TUPLE3: PushTuple(3); break;
                case PickleOperation.LIST:
                    var list = new PickleList();
                    list.Items.AddRange(PopToMark());
                    Push(list);
                    break;
                case PickleOperation.DICT:
                    var dictionary = new PickleDictionary();
                    SetItems(dictionary, PopToMark());
                    Push(dictionary);
                    break;
                case PickleOperation.APPEND: object? item = Pop(); Append([item]); break;
                case PickleOperation.APPENDS or PickleOperation.ADDITEMS: Append(PopToMark()); break;
                case PickleOperation.SETITEM: object?[] pair = PopMany(2); SetItems(Peek(), pair); break;
                case PickleOperation.SETITEMS: object?[] pairs = PopToMark(); SetItems(Peek(), pairs); break;
                case PickleOperation.BINPUT: _memo[ReadByte()] = Peek(); break;
                case PickleOperation.LONG_BINPUT: _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(); break;
                case PickleOperation.MEMOIZE: _memo[(uint)_memo.Count] = Peek(); break;
                case PickleOperation.BINGET: Recall(ReadByte()); break;
                case PickleOperation.LONG_BINGET: Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
                case PickleOperation.GLOBAL: string module = ReadLine(), name = ReadLine(); Push(AllowedGlobals.Find(module, name, operation, at)); break;
                case PickleOperation.STACK_GLOBAL:
                    object?[] names = PopMany(2);
                    Push(names is [string moduleName, string globalName]
                        ? AllowedGlobals.Find(moduleName, globalName, operation, at)
                        : throw Damaged("STACK_GLOBAL requires two strings"));
                    break;
                case PickleOperation.BINPERSID:
                    Push(Pop() is PickleTuple id ? _resolveStorage(id) : throw Damaged("a persistent id must be a tuple"));
                    break;
                case PickleOperation.REDUCE or PickleOperation.NEWOBJ:
                    object?[] call = PopMany(2);
                    Push(Rebuild(call[0], call[1], operation, at));
                    break;
                case PickleOperation.BUILD:
                    _ = Pop();
                    if (Peek() is not (PickleInert or PickleDictionary)) throw Damaged("BUILD is only supported for dictionaries and script arguments");
                    break;
                default:
                    throw new InvalidDataException(
                        $"the pickle has operation 0x{(byte)operation:x2} at byte {at}, which is not supported; nothing was run");
            }
        }
    }

    /// <summary>Interprets a call in a pickle. The callee is a name on the allow-list, so these are all its possible meanings.</summary>
    private static object Rebuild(object? callee, object? arguments, PickleOperation operation, int at)
    {
        if (callee is not PickleGlobal global || arguments is not PickleTuple { Items: var items })
            throw new InvalidDataException($"the pickle calls something that is not a name (operation {operation} at byte {at}); nothing was run");
        return global.Meaning switch
        {
            GlobalMeaning.Dictionary when items.Length == 0 => new PickleDictionary(),
            GlobalMeaning.Tuple when items is [PickleTuple tuple] => tuple,
            GlobalMeaning.Inert => new PickleInert(global.Name),
            GlobalMeaning.Parameter when items is [TorchTensor tensor, ..] => tensor,
            GlobalMeaning.Tensor when items is [TorchStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..] =>
                TorchTensor.Create(storage, offset, Integers(shape), Integers(strides)),
            _ => throw new InvalidDataException($"the pickle uses '{global.Name}' with invalid arguments (operation {operation} at byte {at})"),
        };
    }

    private static long[] Integers(PickleTuple tuple) =>
        [.. tuple.Items.Select(item => item is long value ? value : throw new InvalidDataException("a tensor's shape and strides must be integers"))];

    private static object ToInteger(ReadOnlySpan<byte> littleEndian)
    {
        var value = new BigInteger(littleEndian);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : new PickleBigInteger(value);
    }

    private void Append(object?[] items)
    {
        switch (Peek())
        {
            case PickleList list: list.Items.AddRange(items); break;
            case PickleInert: break;
            default: throw Damaged("items are appended to a value that is not a list");
        }
    }

    private static void SetItems(object? target, object?[] pairs)
    {
        if (pairs.Length % 2 != 0) throw Damaged("a dictionary key has no value");
        if (target is PickleInert) return;
        if (target is not PickleDictionary dictionary) throw Damaged("items are set on a value that is not a dictionary");
        for (int i = 0; i < pairs.Length; i += 2) dictionary.Items.Add(new(pairs[i], pairs[i + 1]));
    }

    private void Push(object? value)
    {
        if (++_values > MaximumValues) throw Damaged($"it has more than {MaximumValues} values, which no checkpoint needs");
        _stack.Add(value);
    }

    private void PushTuple(int count) => Push(new PickleTuple(PopMany(count)));

    private object? PopAny()
    {
        if (_stack.Count == 0) throw Damaged("a value is missing from the stack");
        object? value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Pop()
    {
        object? value = PopAny();
        return ReferenceEquals(value, Mark) ? throw Damaged("a value is missing from the stack") : value;
    }

    private object? Peek() => _stack.Count > 0 && !ReferenceEquals(_stack[^1], Mark) ? _stack[^1] : throw Damaged("a value is missing from the stack");

    private object?[] PopMany(int count)
    {
        var values = new object?[count];
        for (int i = count - 1; i >= 0; i--) values[i] = Pop();
        return values;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.FindLastIndex(value => ReferenceEquals(value, Mark));
        if (mark < 0) throw Damaged("a mark is missing");
        object?[] values = [.. _stack[(mark + 1)..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private void Recall(uint slot) =>
        Push(_memo.TryGetValue(slot, out object? value) ? value : throw Damaged($"it reads memo slot {slot}, which was never set"));

    private byte ReadByte() => Take(1)[0];

    private ulong ReadLength32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _position)) throw Damaged("it ends in the middle of a value");
        var span = _bytes.AsSpan(_position, (int)count);
        _position += (int)count;
        return span;
    }

    private ReadOnlySpan<byte> TakeText(ulong count)
    {
        var span = Take(count);
        _textBytes += span.Length;
        return _textBytes <= MaximumTextBytes ? span : throw Damaged($"it has more than {MaximumTextBytes} bytes of text, which no checkpoint needs");
    }

    private void Skip(ulong count) => _ = Take(count);

    private string ReadText(ulong length)
    {
        try
        {
            return StrictUtf8.GetString(TakeText(length));
        }
        catch (DecoderFallbackException)
        {
            throw Damaged("a string is not valid UTF-8");
        }
    }

    private string ReadLine()
    {
        int end = Array.IndexOf(_bytes, (byte)'\n', _position);
        if (end < 0) throw Damaged("it ends in the middle of a name");
        string line = ReadText((ulong)(end - _position));
        _position++;
        return line;
    }

    private static InvalidDataException Damaged(string what) => new($"the pickle is damaged: {what}");
}
