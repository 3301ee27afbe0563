namespace ConvNeXt.Cli.Files;

/// <summary>Writes a text file that is complete whenever it exists.</summary>
internal static class OutputFile
{
    /// <summary>Writes the file under a temporary name and renames it at the end. An existing file is replaced.</summary>
    public static void Write(string path, Action<TextWriter> write)
    {
        string temporary = path + ".part";
        using (var writer = new StreamWriter(temporary, append: false)) write(writer);
        File.Move(temporary, path, overwrite: true);
    }
}
