using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Aspire.Hosting.Dcp;

/// <summary>The orchestrator's API: JSON over HTTPS, with long-running streams for changes and logs.</summary>
internal sealed class DcpClient : IDisposable
{
    private const string Root = "apis/usvc-dev.developer.microsoft.com/v1/";
    private static readonly TimeSpan s_connectRetryFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_connectRetryEvery = TimeSpan.FromMilliseconds(25);
    private readonly HttpClient _http;
    private readonly TimeProvider _clock;

    public DcpClient(DcpConnection connection, TimeProvider clock)
    {
        _clock = clock;
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                CertificateChainPolicy = TrustOnly(connection.CertificateAuthority),
            },
        };
        _http = new HttpClient(handler)
        {
            BaseAddress = connection.Server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token);
    }

    public void Dispose() => _http.Dispose();

    public async Task<T> CreateAsync<T>(T value, CancellationToken cancellationToken)
        where T : IDcpObject<T>
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Post, Root + T.Plural) { Content = JsonContent.Create(value, T.TypeInfo) },
            cancellationToken);
        await EnsureSuccessAsync(response, $"create {T.Plural}/{value.Metadata.Name}", cancellationToken);
        return (await response.Content.ReadFromJsonAsync(T.TypeInfo, cancellationToken))!;
    }

    /// <returns>Null when there is no such object.</returns>
    public async Task<T?> GetAsync<T>(string name, CancellationToken cancellationToken)
        where T : class, IDcpObject<T>
    {
        using var response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{Root}{T.Plural}/{name}"), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await EnsureSuccessAsync(response, $"read {T.Plural}/{name}", cancellationToken);
        return await response.Content.ReadFromJsonAsync(T.TypeInfo, cancellationToken);
    }

    public Task PatchAsync<T>(string name, DcpPatchSpec spec, CancellationToken cancellationToken)
        where T : IDcpObject<T> =>
        PatchAsync<T>(name, new DcpPatch(spec), cancellationToken);

    public Task AnnotateAsync<T>(string name, string key, string value, CancellationToken cancellationToken)
        where T : IDcpObject<T> =>
        PatchAsync<T>(name, new DcpPatch(Metadata: new DcpPatchMetadata(new Dictionary<string, string> { [key] = value })), cancellationToken);

    private async Task PatchAsync<T>(string name, DcpPatch patch, CancellationToken cancellationToken)
        where T : IDcpObject<T>
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Patch, $"{Root}{T.Plural}/{name}")
            {
                Content = MergePatch(JsonSerializer.SerializeToUtf8Bytes(patch, DcpJson.Default.DcpPatch)),
            },
            cancellationToken);
        await EnsureSuccessAsync(response, $"change {T.Plural}/{name}", cancellationToken);
    }

    /// <summary>Asks for deletion; the object is gone when reading it finds nothing.</summary>
    public async Task DeleteAsync<T>(string name, CancellationToken cancellationToken)
        where T : IDcpObject<T>
    {
        using var response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Delete, $"{Root}{T.Plural}/{name}"), cancellationToken);
        if (response.StatusCode != HttpStatusCode.NotFound)
        {
            await EnsureSuccessAsync(response, $"delete {T.Plural}/{name}", cancellationToken);
        }
    }

    /// <summary>What exists, then each change; ends when the orchestrator closes the stream.</summary>
    public async IAsyncEnumerable<DcpWatchEvent<T>> WatchAsync<T>([EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IDcpObject<T>
    {
        await foreach (var line in LinesAsync($"{Root}{T.Plural}?watch=true", cancellationToken))
        {
            if (JsonSerializer.Deserialize(line, T.WatchTypeInfo) is { Object: not null } change)
            {
                yield return change;
            }
        }
    }

    /// <param name="source"><c>stdout</c>, <c>stderr</c>, <c>startup_stdout</c>, <c>startup_stderr</c> or <c>system</c>.</param>
    /// <param name="follow">False: what is there now.</param>
    /// <param name="tail">Number of last lines; null: all. Not together with <paramref name="follow"/>.</param>
    public IAsyncEnumerable<string> LogAsync<T>(string name, string source, bool follow, int? tail, CancellationToken cancellationToken)
        where T : IDcpObject<T> =>
        LinesAsync(
            $"{Root}{T.Plural}/{name}/log?follow={(follow ? "true" : "false")}&timestamps=true&source={source}{(tail is { } n ? $"&tail={n}" : string.Empty)}",
            cancellationToken);

    public async Task<DcpExecutionDocument?> GetExecutionAsync(CancellationToken cancellationToken) =>
        await _http.GetFromJsonAsync("admin/execution", DcpJson.Default.DcpExecutionDocument, cancellationToken);

    /// <param name="status"><c>Stopping</c>: clean up everything and end. <c>CleaningResources</c>: clean up and stay.</param>
    public async Task SetExecutionAsync(string status, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "admin/execution")
        {
            Content = MergePatch(JsonSerializer.SerializeToUtf8Bytes(new DcpExecutionDocument(status), DcpJson.Default.DcpExecutionDocument)),
        };
        using var response = await _http.SendAsync(request, cancellationToken);
        await EnsureSuccessAsync(response, $"set the orchestrator to {status}", cancellationToken);
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2 authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        return policy;
    }

    /// <summary>The server compares the content type literally, so it carries no character set.</summary>
    private static ByteArrayContent MergePatch(byte[] json) => new(json)
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/merge-patch+json") },
    };

    private static async Task EnsureSuccessAsync(HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new DcpRequestException($"The orchestrator refused to {what}: {(int)response.StatusCode} {body}", response.StatusCode);
        }
    }

    private async IAsyncEnumerable<string> LinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), cancellationToken);
        await EnsureSuccessAsync(response, $"stream {path}", cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await ReadLineAsync(reader, cancellationToken) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>A stream that breaks off at shutdown ends like one that was closed.</summary>
    private static async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The server's address is known a moment before it listens, so a refused connection is tried again for a short while.</summary>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        var start = _clock.GetTimestamp();
        while (true)
        {
            try
            {
                using var message = request();
                message.Version = _http.DefaultRequestVersion;
                message.VersionPolicy = _http.DefaultVersionPolicy;
                return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError
                && _clock.GetElapsedTime(start) < s_connectRetryFor)
            {
                await Task.Delay(s_connectRetryEvery, _clock, cancellationToken);
            }
        }
    }
}

/// <summary>The orchestrator answered with an error.</summary>
internal sealed class DcpRequestException(string message, HttpStatusCode statusCode) : Exception(message)
{
    public HttpStatusCode StatusCode { get; } = statusCode;
}
