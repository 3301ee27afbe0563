using System.Text.Json;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet.Tuning.Trials;
using static System.FormattableString;

namespace ConvNeXt.Cli.Tuning;

/// <summary>The file of the settings that a search chose: a JSON object of numbers by the name of the tuned option.</summary>
internal static class SettingsFile
{
    private const long LargestFile = 1 << 16;

    /// <summary>Writes settings as JSON.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, double>> settings)
    {
        json.WriteStartObject();
        foreach (var (name, value) in settings) json.WriteNumber(name, value);
        json.WriteEndObject();
    }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="UsageException">It is not a file of settings; the message says why.</exception>
    public static SortedDictionary<string, double> Read(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file of settings '{file}'.", file);
        if (new FileInfo(file).Length > LargestFile) throw Refuse(file, Invariant($"it is larger than {LargestFile} bytes."));
        try
        {
            var values = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllBytes(file)) ?? [];
            foreach (var (name, value) in values) TunedValues.Check(name, value);
            if (values.Count > 0) return new SortedDictionary<string, double>(values, StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            throw Refuse(file, "it is not a JSON object of numbers.");
        }
        catch (ArgumentException e)
        {
            throw Refuse(file, e.Message);
        }
        throw Refuse(file, "it is empty.");
    }

    private static UsageException Refuse(string file, string reason) =>
        new($"'{file}' is not a file of settings, as convnext tune writes it (settings.json): {reason}");
}
