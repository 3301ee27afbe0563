using System.Net;

namespace Compat.Tests.Pool;

/// <summary>A web server on this machine that serves one model with an entity tag.</summary>
internal sealed class ModelServer : IDisposable
{
    private readonly HttpListener _listener;
    private volatile Content _content;

    public ModelServer(byte[] model)
    {
        _content = new Content(model, 1);
        (_listener, Address) = Listen();
        _ = ServeAsync();
    }

    public string Address { get; }

    public void Replace(byte[] model) => _content = new Content(model, _content.Version + 1);

    public void Dispose() => _listener.Close();

    private static (HttpListener Listener, string Address) Listen()
    {
        for (int attempt = 0; ; attempt++)
        {
            var listener = new HttpListener();
            string prefix = $"http://localhost:{Random.Shared.Next(20000, 60000)}/";
            listener.Prefixes.Add(prefix);
            try
            {
                listener.Start();
                return (listener, prefix + "model.zip");
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                // The port is taken: another.
            }
        }
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            Content content = _content;
            using HttpListenerResponse response = context.Response;
            response.Headers["ETag"] = $"\"{content.Version}\"";
            response.StatusCode = context.Request.Url!.AbsolutePath == "/model.zip" ? 200 : 404;
            if (response.StatusCode == 200 && context.Request.HttpMethod == "GET") await response.OutputStream.WriteAsync(content.Model);
        }
    }

    private sealed record Content(byte[] Model, int Version);
}
