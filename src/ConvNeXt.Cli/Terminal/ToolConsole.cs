using Spectre.Console;

namespace ConvNeXt.Cli.Terminal;

/// <summary>Where the tool writes: results to stdout, progress, warnings and errors to stderr.</summary>
internal sealed class ToolConsole
{
    private readonly Lock _lock = new();
    private readonly Lazy<IAnsiConsole> _terminal;
    private bool _hasLiveLine;

    /// <param name="output">For results.</param>
    /// <param name="error">For everything else.</param>
    /// <param name="isTerminal">Whether <paramref name="error"/> is a terminal, so that a line can be rewritten.</param>
    /// <param name="usesColor">Whether errors and warnings are colored.</param>
    public ToolConsole(TextWriter output, TextWriter error, bool isTerminal = false, bool usesColor = false)
    {
        (Output, Error, IsTerminal) = (output, error, isTerminal);
        _terminal = new Lazy<IAnsiConsole>(() => AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = usesColor ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No, // the tool never asks
            Out = new AnsiConsoleOutput(error),
        }));
    }

    /// <summary>For results.</summary>
    public TextWriter Output { get; }

    /// <summary>For progress, warnings and errors.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether a line can be rewritten.</summary>
    public bool IsTerminal { get; }

    /// <summary>How much is written to <see cref="Error"/>.</summary>
    public Verbosity Verbosity { get; set; } = Verbosity.Normal;

    /// <summary>The console of this process. Nothing is colored if stderr is redirected or the variable NO_COLOR is set.</summary>
    public static ToolConsole OfProcess()
    {
        bool isTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new ToolConsole(Console.Out, Console.Error, isTerminal, isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }

    /// <summary>Rewrites the live line; does nothing without a terminal.</summary>
    public void ShowLive(string text)
    {
        if (!IsTerminal || Verbosity < Verbosity.Normal) return;
        lock (_lock)
        {
            ClearLive();
            int width = Math.Max(20, _terminal.Value.Profile.Width - 1);
            Error.Write(text.Length > width ? text[..width] : text);
            Error.Flush();
            _hasLiveLine = true;
        }
    }

    /// <summary>Removes the live line.</summary>
    public void EndLive()
    {
        lock (_lock) ClearLive();
    }

    /// <summary>Writes a line of progress, from <see cref="Verbosity.Normal"/> on.</summary>
    public void Tell(string text)
    {
        if (Verbosity >= Verbosity.Normal) WriteLine(text);
    }

    /// <summary>Writes a warning.</summary>
    public void Warn(string text) => WriteLine($"warning: {text}", Color.Yellow);

    /// <summary>Writes an error.</summary>
    public void Fail(string text) => WriteLine(text, Color.Red);

    private void WriteLine(string text, Color? color = null)
    {
        lock (_lock)
        {
            ClearLive();
            if (!IsTerminal || color is null) Error.WriteLine(text);
            else _terminal.Value.WriteLine(text, new Style(color));
        }
    }

    private void ClearLive()
    {
        if (!_hasLiveLine) return;
        _terminal.Value.Write(new ControlCode("\r\u001b[K"));
        _hasLiveLine = false;
    }
}
