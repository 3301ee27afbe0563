using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

/// <summary>
/// Loads a model from an address, and again when the server names another entity tag (ETag) for it; it is asked once in a period. A server that gives no
/// entity tag is not asked again. A model that cannot be reloaded is reported to the log, and the model before stays.
/// </summary>
internal sealed class UriModelLoader(IOptions<MLOptions> contextOptions, ILogger<UriModelLoader> logger) : ModelLoader, IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromMinutes(1);

    private readonly MLContext _context = contextOptions.Value.MLContext;
    private readonly HttpClient _client = new() { Timeout = RequestTimeout };
    private readonly CancellationTokenSource _stopping = new();
    private readonly ReloadableModel _current = new();
    private Uri _uri = null!;
    private string? _entityTag;

    public override IChangeToken GetReloadToken() => _current.Token;

    public override ITransformer GetModel() => _current.Model;

    public void Dispose()
    {
        _stopping.Cancel();
        _client.Dispose();
    }

    internal void Start(Uri uri, TimeSpan period)
    {
        _uri = uri;
        try
        {
            // Options are configured synchronously; the load runs on the pool so that no caller's context can block it.
            Task.Run(LoadModelAsync).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            PoolLog.UriLoadError(logger, uri, e);
            throw;
        }
        if (_entityTag is not null) _ = PollAsync(period);
    }

    private async Task PollAsync(TimeSpan period)
    {
        using var timer = new PeriodicTimer(period);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false)) await ReloadIfChangedAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Disposed: nobody waits for another model.
        }
    }

    private async Task ReloadIfChangedAsync()
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, _uri);
            using HttpResponseMessage response = await _client.SendAsync(request, _stopping.Token).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            if (response.Headers.ETag?.ToString() == _entityTag) return;
            await LoadModelAsync().ConfigureAwait(false);
            PoolLog.UriReloaded(logger, _uri);
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            PoolLog.UriReloadError(logger, _uri, e);
        }
    }

    /// <summary>The model goes through a file: what a server sends may be of any size.</summary>
    private async Task LoadModelAsync()
    {
        using HttpResponseMessage response = await _client.GetAsync(_uri, HttpCompletionOption.ResponseHeadersRead, _stopping.Token).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (FileStream file = File.Create(path))
                await response.Content.CopyToAsync(file, _stopping.Token).ConfigureAwait(false);
            ITransformer model = _context.Model.Load(path, out _);
            _entityTag = response.Headers.ETag?.ToString();
            _current.Replace(model);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
