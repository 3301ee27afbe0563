using System.Text;

namespace ConvNeXt.Cli.Sharding;

/// <summary>Reads records of comma-separated values as they stand in the file, with their quotes. A line break within quotes belongs to the record.</summary>
internal static class CsvRecords
{
    /// <summary>Reads the records.</summary>
    /// <exception cref="InvalidDataException">The text ends within a record, as that of a process that was killed does.</exception>
    public static IEnumerable<string> Read(TextReader reader)
    {
        var record = new StringBuilder();
        bool isQuoted = false;
        while (reader.Read() is >= 0 and int next)
        {
            char character = (char)next;
            if (character == '"') isQuoted = !isQuoted;
            if (!isQuoted && character == '\r' && reader.Peek() == '\n') continue;
            if (isQuoted || character != '\n')
            {
                record.Append(character);
                continue;
            }
            yield return record.ToString();
            record.Clear();
        }
        if (record.Length > 0) throw new InvalidDataException("it ends within a row");
    }

    /// <summary>Returns the value of the first field of a record.</summary>
    public static string FirstField(string record)
    {
        if (!record.StartsWith('"'))
        {
            int comma = record.IndexOf(',', StringComparison.Ordinal);
            return comma < 0 ? record : record[..comma];
        }
        var value = new StringBuilder();
        for (int i = 1; i < record.Length; i++)
        {
            if (record[i] == '"' && (++i == record.Length || record[i] != '"')) break;
            value.Append(record[i]);
        }
        return value.ToString();
    }

    /// <summary>Returns a value as a field: in quotes if it has to be.</summary>
    public static string Quote(string value) =>
        value.AsSpan().ContainsAny(",\"\r\n") ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
}
