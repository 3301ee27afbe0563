using System.Collections.Immutable;
using System.Text.Json;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>The properties of a JSON object, each read once by name and type. What is missing, of another type or not asked for is a JsonException.</summary>
internal sealed class JsonFields
{
    private readonly JsonElement _object;
    private readonly string _name;
    private int _used;

    /// <summary>Creates an instance.</summary>
    /// <param name="value">The object.</param>
    /// <param name="name">Its name for error messages.</param>
    /// <exception cref="JsonException">It is not an object.</exception>
    public JsonFields(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Object) throw new JsonException($"{name} is {value.ValueKind}, not an object.");
        (_object, _name) = (value, name);
    }

    public int Int32(string name) => ToInt32(Get(name), name);

    public int Int32(string name, int fallback) => TryGet(name, out JsonElement value) ? ToInt32(value, name) : fallback;

    public int? NullableInt32(string name) => TryGetValue(name, out JsonElement value) ? ToInt32(value, name) : null;

    public byte Byte(string name, byte fallback) => TryGet(name, out JsonElement value) ? ToByte(value, name) : fallback;

    public float Single(string name, float fallback) => TryGet(name, out JsonElement value) ? ToSingle(value, name) : fallback;

    public float? NullableSingle(string name, float? fallback)
    {
        if (!TryGet(name, out JsonElement value)) return fallback;
        return value.ValueKind == JsonValueKind.Null ? null : ToSingle(value, name);
    }

    public double Double(string name, double fallback) => TryGet(name, out JsonElement value) ? ToDouble(value, name) : fallback;

    public double? NullableDouble(string name) => TryGetValue(name, out JsonElement value) ? ToDouble(value, name) : null;

    public bool Boolean(string name, bool fallback) => TryGet(name, out JsonElement value) ? ToBoolean(value, name) : fallback;

    public bool? NullableBoolean(string name) => TryGetValue(name, out JsonElement value) ? ToBoolean(value, name) : null;

    public string Text(string name) => ToText(Get(name), name);

    public string Text(string name, string fallback) => TryGet(name, out JsonElement value) ? ToText(value, name) : fallback;

    public string? NullableText(string name) => TryGetValue(name, out JsonElement value) ? ToText(value, name) : null;

    /// <summary>An array of texts, of which some may be null.</summary>
    public string[] Texts(string name) => NullableTexts(name) ?? throw Wrong(name);

    /// <summary>An array of texts, of which some may be null; null if the property is missing or null.</summary>
    public string[]? NullableTexts(string name)
    {
        if (!TryGetValue(name, out JsonElement value)) return null;
        CheckArray(value, name);
        string[] texts = new string[value.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray()) texts[i++] = item.ValueKind == JsonValueKind.Null ? null! : ToText(item, name);
        return texts;
    }

    public ImmutableArray<int> Int32s(string name)
    {
        JsonElement value = Get(name);
        CheckArray(value, name);
        var numbers = ImmutableArray.CreateBuilder<int>(value.GetArrayLength());
        foreach (JsonElement item in value.EnumerateArray()) numbers.Add(ToInt32(item, name));
        return numbers.MoveToImmutable();
    }

    /// <summary>A value of an enumeration, by its name.</summary>
    public T Name<T>(string name, T fallback)
        where T : struct, Enum => TryGet(name, out JsonElement value) ? ToName<T>(value, name) : fallback;

    /// <summary>A value of an enumeration, by its name; null if the property is missing or null.</summary>
    public T? NullableName<T>(string name)
        where T : struct, Enum => TryGetValue(name, out JsonElement value) ? ToName<T>(value, name) : null;

    public JsonFields Object(string name) => new(Get(name), name);

    /// <summary>The fields of an object; null if it is missing. Null instead of an object is an error.</summary>
    public JsonFields? OptionalObject(string name) => TryGet(name, out JsonElement value) ? new JsonFields(value, name) : null;

    /// <summary>The fields of an object; null if it is missing or null.</summary>
    public JsonFields? NullableObject(string name) => TryGetValue(name, out JsonElement value) ? new JsonFields(value, name) : null;

    /// <summary>Checks that all properties have been read.</summary>
    public void End()
    {
        if (_object.GetPropertyCount() != _used) throw new JsonException($"{_name} has properties that this version does not know.");
    }

    private static void CheckArray(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(name);
    }

    private static byte ToByte(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetByte(out byte result) ? result : throw Wrong(name);

    private static int ToInt32(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int result) ? result : throw Wrong(name);

    private static float ToSingle(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float result) ? result : throw Wrong(name);

    private static double ToDouble(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double result) ? result : throw Wrong(name);

    private static bool ToBoolean(JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name);

    private static string ToText(JsonElement value, string name) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name);

    private static T ToName<T>(JsonElement value, string name)
        where T : struct, Enum
    {
        string text = ToText(value, name);
        foreach (T item in Enum.GetValues<T>())
        {
            if (string.Equals(item.ToString(), text, StringComparison.OrdinalIgnoreCase)) return item;
        }
        throw Wrong(name);
    }

    private static JsonException Wrong(string name) => new($"The value of {name} has a wrong type or is out of range.");

    private JsonElement Get(string name) => TryGet(name, out JsonElement value) ? value : throw new JsonException($"{_name} has no {name}.");

    // False for null as well.
    private bool TryGetValue(string name, out JsonElement value) => TryGet(name, out value) && value.ValueKind != JsonValueKind.Null;

    private bool TryGet(string name, out JsonElement value)
    {
        if (!_object.TryGetProperty(name, out value)) return false;
        _used++;
        return true;
    }
}
