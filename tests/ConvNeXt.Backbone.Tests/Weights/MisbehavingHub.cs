using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ConvNeXt.Tests.Weights;

/// <summary>A small server on the loopback interface that plays the hub, and fails in the ways that networks do. Speaks just enough HTTP/1.1, one request a connection.</summary>
internal sealed class MisbehavingHub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public MisbehavingHub(byte[] content)
    {
        Content = content;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        _listener.Start();
        _loop = Task.Run(ServeAsync);
    }

    public byte[] Content { get; }

    public string Sha256 { get; set; }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>How many bytes of the body each of the coming downloads sends before it cuts the connection; a download beyond the list is sent whole.</summary>
    public Queue<int> CutAfter { get; init; } = new();

    public bool AcceptRanges { get; set; } = true;

    public int Status { get; set; } = 200;

    public bool RedirectForever { get; set; }

    public bool RedirectOnce { get; set; }

    public byte[] Extra { get; set; } = [];

    public List<string> Requests { get; } = [];

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _loop.Wait();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string request = await reader.ReadLineAsync(_stop.Token) ?? "";
        long from = 0;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
            if (header.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase)) from = long.Parse(header["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        lock (Requests) Requests.Add(from > 0 ? $"{request.Split(' ')[0]} {from}-" : request.Split(' ')[0]);

        string path = request.Split(' ')[1];
        bool head = request.StartsWith("HEAD", StringComparison.Ordinal);
        if (RedirectForever)
        {
            await SendAsync(stream, $"HTTP/1.1 302 Found\r\nLocation: {path}x\r\n");
            return;
        }
        if (Status != 200)
        {
            await SendAsync(stream, $"HTTP/1.1 {Status} No\r\nContent-Length: 0\r\n");
            return;
        }
        string facts = $"X-Linked-Etag: \"{Sha256}\"\r\nX-Linked-Size: {Content.Length}\r\nX-Repo-Commit: 0123456789abcdef0123456789abcdef01234567\r\n";
        if (RedirectOnce && path.Contains("/resolve/", StringComparison.Ordinal))
        {
            await SendAsync(stream, $"HTTP/1.1 302 Found\r\nLocation: /store/blob\r\n{facts}");
            return;
        }
        if (!AcceptRanges) from = 0;
        byte[] body = [.. Content[(int)from..], .. Extra];
        string status = from > 0 ? $"206 Partial Content\r\nContent-Range: bytes {from}-{Content.Length - 1}/{Content.Length}" : "200 OK";
        await SendAsync(stream, $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n{facts}");
        if (head) return;
        int send = CutAfter.TryDequeue(out int cut) ? Math.Min(cut, body.Length) : body.Length;
        await stream.WriteAsync(body.AsMemory(0, send), _stop.Token);
    }

    private async Task SendAsync(NetworkStream stream, string head) => await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "Connection: close\r\n\r\n"), _stop.Token);
}
