using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Cli.Output;

/// <summary>Writes JSON as text: indented, with the characters of file names as they are.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions _options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one value and a line break.</summary>
    public static void Write(TextWriter output, Action<Utf8JsonWriter> write) => output.Write(ToText(write) + "\n");

    /// <summary>Returns one value as text.</summary>
    public static string ToText(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, _options)) write(json);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes a property; null if the number is not finite, which JSON cannot say.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>Writes how good a classifier is on some images, with the 95 % interval of its accuracy.</summary>
    public static void WriteScore(this Utf8JsonWriter json, string name, int images, double accuracy, double logLoss)
    {
        AccuracyInterval interval = AccuracyInterval.Of(accuracy, images);
        json.WriteStartObject(name);
        json.WriteNumber("images", images);
        json.WriteNumber("accuracy", accuracy);
        json.WriteNumber("accuracyLow", interval.Low);
        json.WriteNumber("accuracyHigh", interval.High);
        json.WriteNumber("logLoss", logLoss);
        json.WriteEndObject();
    }

    /// <summary>Writes an array of objects.</summary>
    public static void WriteArray<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> writeProperties)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            writeProperties(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
