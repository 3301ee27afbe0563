using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Tests;

/// <summary>Color and the live line are for terminals only.</summary>
[TestClass]
public sealed class ConsoleTests
{
    private const char Escape = '\u001b';

    [TestMethod]
    public void WithoutATerminal_NothingIsColoredOrRewritten()
    {
        var errors = new StringWriter();
        var console = new ToolConsole(new StringWriter(), errors);
        console.ShowLive("live");
        console.Warn("warned");
        console.Fail("failed");
        console.EndLive();
        Assert.AreEqual($"warning: warned{Environment.NewLine}failed{Environment.NewLine}", errors.ToString());
    }

    [TestMethod]
    public void OnATerminal_TheLiveLineIsRewritten_AndMessagesReplaceIt()
    {
        var errors = new StringWriter();
        var console = new ToolConsole(new StringWriter(), errors, isTerminal: true);
        console.ShowLive("first");
        console.ShowLive("second");
        console.Tell("message");
        string text = errors.ToString();
        Assert.StartsWith("first", text);
        Assert.EndsWith("message" + Environment.NewLine, text);
        Assert.HasCount(1, text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [TestMethod]
    public void WithoutColor_ATerminalGetsNoColorCodes()
    {
        var errors = new StringWriter();
        new ToolConsole(new StringWriter(), errors, isTerminal: true, usesColor: false).Fail("failed");
        Assert.DoesNotContain($"{Escape}[3", errors.ToString());
        Assert.Contains("failed", errors.ToString());
    }

    [TestMethod]
    [DataRow("--epcohs", "--epochs")]
    [DataRow("--time", "--time")]
    [DataRow("-r", "-r")]
    [DataRow("--unlike-any", null)]
    public void TheNearestName_IsTheOneWithTheFewestChanges(string given, string? expected) =>
        Assert.AreEqual(expected, NearestName.Find(given, ["--epochs", "--time", "--size", "-r"]));
}
