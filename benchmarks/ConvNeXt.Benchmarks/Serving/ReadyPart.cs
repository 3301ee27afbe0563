using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>The time from the start of the process of samples/WebService until its health check says that it is ready.</summary>
internal static class ReadyPart
{
    private const double MostSeconds = 1;

    private static readonly TimeSpan _longestStart = TimeSpan.FromSeconds(30);

    /// <summary>Measures the service.</summary>
    /// <param name="check">Receives the result.</param>
    /// <param name="model">The model file.</param>
    /// <param name="folder">The folder of the published service; null for that of <c>dotnet build</c>.</param>
    /// <param name="runs">Number of starts.</param>
    public static void Run(BenchmarkChecks check, string model, string? folder, int runs)
    {
        folder ??= Path.Combine(BenchmarkChecks.Repository, "samples", "WebService", "bin", "Release", "net10.0");
        string program = Path.Combine(folder, OperatingSystem.IsWindows() ? "WebService.exe" : "WebService");
        using var client = new HttpClient();
        Time(client, program, model);
        double[] seconds = [.. Enumerable.Range(0, runs).Select(_ => Time(client, program, model)).Order()];
        double median = Repetition.Median(seconds);
        check.Report($"ready {median:0.000} s after the start of the process ({seconds[0]:0.000} to {seconds[^1]:0.000}, {runs} runs)", median < MostSeconds);
    }

    private static double Time(HttpClient client, string program, string model)
    {
        var address = new Uri($"http://127.0.0.1:{FindPort()}");
        var start = new ProcessStartInfo(program, ["--urls", address.ToString(), "--ConvNeXt:ModelPath", model])
        {
            WorkingDirectory = Path.GetDirectoryName(program),
            RedirectStandardOutput = true,
        };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        try
        {
            while (!IsReady(client, new Uri(address, "/health/ready")))
            {
                if (process.HasExited || Stopwatch.GetElapsedTime(began) > _longestStart) throw new BenchmarkException($"{program} is not ready.");
                Thread.Sleep(2);
            }
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static bool IsReady(HttpClient client, Uri address)
    {
        try
        {
            using HttpResponseMessage response = client.Send(new HttpRequestMessage(HttpMethod.Get, address));
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
