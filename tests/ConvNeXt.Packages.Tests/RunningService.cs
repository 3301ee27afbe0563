using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ConvNeXt.Tests;

/// <summary>A web service that runs as a process of its own until this is disposed.</summary>
internal sealed partial class RunningService : IDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private RunningService(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it listens: a port of this machine that was free.</summary>
    public Uri Address { get; }

    /// <summary>Starts a service of ASP.NET Core and waits until it listens.</summary>
    /// <param name="assembly">The assembly of the service.</param>
    public static RunningService Start(string assembly)
    {
        string[] arguments = [assembly, "--urls", "http://127.0.0.1:0"];
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Path.GetDirectoryName(assembly), RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeLimit);
        using var stop = limit.Token.Register(() => process.Kill(entireProcessTree: true));
        var seen = new List<string>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            seen.Add(line);
            if (Listening().Match(line) is not { Success: true } match) continue;
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None); // so that it never waits for a reader
            return new RunningService(process, new Uri(match.Groups[1].Value));
        }
        Assert.Fail($"The service ended: {string.Join('\n', seen)}");
        throw new UnreachableException();
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
