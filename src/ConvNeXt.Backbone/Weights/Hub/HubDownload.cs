using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using ConvNeXt.Backbone.Layers;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>
/// Downloads one file from the hub. Size and SHA-256 are requested first. Data is written to a file beside the final one, and a lost connection is resumed, in
/// this run or a later one. The file gets its final name only if size and SHA-256 are correct.
/// </summary>
internal sealed class HubDownload(HubOptions options, HubModelId id, IProgress<HubProgress>? progress) : IDisposable
{
    private const int MaximumRedirects = 5;

    private static readonly TimeSpan _lockDelay = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = options.Timeout })
    {
        Timeout = System.Threading.Timeout.InfiniteTimeSpan,
    };

    /// <summary>Properties of the file that the hub reports before the download.</summary>
    private sealed record Facts(Uri Address, long Length, string Sha256, string Commit);

    /// <summary>Downloads the file into the cache.</summary>
    /// <returns>Path of the file in the cache.</returns>
    /// <exception cref="IOException">The hub cannot be reached, does not have the model, or sends other data than it announced.</exception>
    internal async Task<string> RunAsync(HubCache cache, CancellationToken cancellation)
    {
        Facts facts = await RetryAsync(() => AskAsync(cancellation), cancellation).ConfigureAwait(false);
        string blob = cache.BlobPath(facts.Sha256), partial = blob + ".incomplete";
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        using FileStream held = await LockAsync(cache.LockPath(facts.Sha256), partial, cancellation).ConfigureAwait(false);
        if (cache.FindContent(facts.Sha256, facts.Length) is null)
        {
            await RetryAsync(async () =>
            {
                await FetchAsync(facts, partial, cancellation).ConfigureAwait(false);
                return true;
            }, cancellation).ConfigureAwait(false);
            await VerifyAsync(facts, partial, cancellation).ConfigureAwait(false);
            File.Move(partial, blob, overwrite: true);
        }
        return cache.Publish(facts.Sha256, facts.Commit);
    }

    public void Dispose() => _client.Dispose();

    // Another process may be downloading the same file: waits for it as long as its file grows.
    private async Task<FileStream> LockAsync(string path, string partial, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        long length = -1, since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A file that is being deleted is "unauthorized" on Windows.
                long now = File.Exists(partial) ? new FileInfo(partial).Length : 0;
                if (now != length) (length, since) = (now, Stopwatch.GetTimestamp());
                if (Stopwatch.GetElapsedTime(since) >= options.Timeout)
                {
                    throw Failed(Invariant($"another process has been downloading the same file, without progress for {options.Timeout.TotalSeconds:0} s; ")
                        + $"if there is none, '{path}' cannot be created: {exception.Message}");
                }
            }
            await Task.Delay(_lockDelay, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<Facts> AskAsync(CancellationToken cancellation)
    {
        var address = new Uri(options.Endpoint, $"{id.Repository}/resolve/{Uri.EscapeDataString(id.Revision)}/{HubModelId.FileName}");
        for (int redirects = 0; ; redirects++)
        {
            using HttpResponseMessage response = await SendAsync(HttpMethod.Head, address, null, cancellation).ConfigureAwait(false);
            string? sha256 = Header(response, "X-Linked-Etag")?.Trim('"');
            if (sha256 is null && Redirect(response, address) is { } next)
            {
                address = Follow(redirects, next);
                continue;
            }
            if (sha256 is null) Require(response);
            if (sha256 is not { Length: 64 } || sha256.AsSpan().ContainsAnyExcept("0123456789abcdef"))
                throw Failed("the hub sent no SHA-256 of the file (header X-Linked-Etag), so the file cannot be verified");
            if (!long.TryParse(Header(response, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out long length) || length <= 0)
                throw Failed("the hub sent no size of the file (header X-Linked-Size)");
            if (length > options.MaximumBytes)
                throw Failed($"the file has {length} bytes; at most {options.MaximumBytes} are allowed (HubOptions.MaximumBytes)");
            string commit = Header(response, "X-Repo-Commit") is { Length: > 0 and <= 64 } given && given.All(char.IsAsciiLetterOrDigit)
                ? given
                : sha256[..40];
            return new Facts(address, length, sha256, commit);
        }
    }

    private async Task FetchAsync(Facts facts, string partial, CancellationToken cancellation)
    {
        long here = File.Exists(partial) ? new FileInfo(partial).Length : 0;
        if (here == facts.Length) return;
        if (here > facts.Length) here = 0;
        using HttpResponseMessage response = await GetAsync(facts.Address, here, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != here) here = 0;
        using var file = new FileStream(partial, here == 0 ? FileMode.Create : FileMode.Append, FileAccess.Write, FileShare.None);
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = new byte[1 << 18];
        while (true)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            silence.CancelAfter(options.Timeout);
            int read;
            try
            {
                read = await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new CutConnectionException(Invariant($"no data was received for {options.Timeout.TotalSeconds:0} s"));
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                throw new CutConnectionException($"the connection was lost after {here} of {facts.Length} bytes: {exception.Message}");
            }
            if (read == 0) break;
            if (here + read > facts.Length) throw Failed($"the hub sent more than the {facts.Length} bytes that it announced");
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
            here += read;
            progress?.Report(new HubProgress(id.ToString(), here, facts.Length));
        }
        if (here < facts.Length) throw new CutConnectionException($"the connection was closed after {here} of {facts.Length} bytes");
    }

    private async Task<HttpResponseMessage> GetAsync(Uri address, long from, CancellationToken cancellation)
    {
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await SendAsync(HttpMethod.Get, address, from, cancellation).ConfigureAwait(false);
            if (Redirect(response, address) is not { } next)
            {
                Require(response);
                return response;
            }
            response.Dispose();
            address = Follow(redirects, next);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long? from, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, address);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(options.Timeout);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CutConnectionException(Invariant($"{address.Host} did not respond within {options.Timeout.TotalSeconds:0} s"));
        }
        catch (HttpRequestException exception)
        {
            throw new CutConnectionException(exception.Message);
        }
    }

    private async Task VerifyAsync(Facts facts, string partial, CancellationToken cancellation)
    {
        string found;
        using (FileStream file = File.OpenRead(partial))
            found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation).ConfigureAwait(false));
        if (found == facts.Sha256) return;
        File.Delete(partial);
        throw Failed($"the downloaded file has SHA-256 {found}, but the hub announced {facts.Sha256}; the file was deleted");
    }

    private async Task<T> RetryAsync<T>(Func<Task<T>> attempt, CancellationToken cancellation)
    {
        for (int retry = 0; ; retry++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (CutConnectionException) when (retry < options.Retries)
            {
                await Task.Delay(options.RetryDelay * Math.Pow(2, retry), cancellation).ConfigureAwait(false);
            }
            catch (CutConnectionException exception)
            {
                throw Failed($"{exception.Message} (after {retry + 1} attempts; the data received so far is kept, and the next download resumes from there)");
            }
        }
    }

    private static Uri? Redirect(HttpResponseMessage response, Uri address) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location ? new Uri(address, location) : null;

    private Uri Follow(int redirects, Uri next)
    {
        if (redirects >= MaximumRedirects) throw Failed($"the hub redirects more than {MaximumRedirects} times, last to {next}");
        if (options.Endpoint.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
            throw Failed($"the hub redirects to {next}, which is not https");
        return next;
    }

    private void Require(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode) return;
        response.Dispose();
        throw status switch
        {
            401 or 403 => Failed(
                $"the hub returned status {status}: the model does not exist or requires a login, which is not supported; "
                + "download the file manually and use its path"),
            404 => Failed(
                $"the hub returned status 404: there is no model '{id.Repository}', no revision '{id.Revision}', or no file {HubModelId.FileName} in it"),
            429 or >= 500 => new CutConnectionException($"the hub returned status {status}"),
            _ => Failed($"the hub returned status {status}"),
        };
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private IOException Failed(string reason) => new($"Weights '{id}' could not be downloaded from {options.Endpoint}: {reason}.");

    /// <summary>A failure that may be temporary and is retried.</summary>
    private sealed class CutConnectionException(string message) : IOException(message);
}
