using Microsoft.Extensions.Options;

namespace Slipway.Api.Access.Tokens;

/// <summary>
/// The issuer's keys, read when they are first needed and again when they have grown old or a token names one that is unknown. However many tokens
/// come, one reading is under way at a time and the next one waits for its time.
/// </summary>
internal sealed class SigningKeys : IDisposable
{
    private readonly JwtOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<SigningKeys> _logger;
    private readonly Func<CancellationToken, Task<ReadOnlyMemory<byte>>> _read;
    private readonly HttpClient? _http;
    private readonly Lock _gate = new();
    private volatile Known? _known;
    private Task? _reading;
    private long _triedAt;

    public SigningKeys(IOptions<AccessOptions> options, TimeProvider clock, ILogger<SigningKeys> logger)
    {
        (_options, _clock, _logger) = (options.Value.Jwt, clock, logger);
        if (_options.JwksUrl is null)
        {
            _read = ReadFileAsync;
            return;
        }

        // Of its own: no retries, no discovery, and no redirect to where the configuration didn't point.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseCookies = false })
        {
            MaxResponseContentBufferSize = SigningKeySet.MaxBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _read = async cancellationToken => await _http.GetByteArrayAsync(_options.JwksUrl, cancellationToken);
    }

    private string Source => _options.JwksUrl?.ToString() ?? _options.JwksFile ?? "";

    public void Dispose() => _http?.Dispose();

    /// <summary>Null: the issuer has no such key, or its keys are not known.</summary>
    public async ValueTask<SigningKey?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var known = _known;
        var age = known is null ? TimeSpan.MaxValue : _clock.GetElapsedTime(known.At);
        var key = age <= _options.KeepFor ? known?.Keys.Find(id) : null;
        if (key is not null && age < _options.RefreshAfter)
        {
            return key;
        }

        if (Refresh() is { } reading && key is null)
        {
            await reading.WaitAsync(cancellationToken);
            return _known is { } now && _clock.GetElapsedTime(now.At) <= _options.KeepFor ? now.Keys.Find(id) : null;
        }

        return key;
    }

    /// <returns>The reading under way; null when none is, and it is too early for another one.</returns>
    private Task? Refresh()
    {
        lock (_gate)
        {
            if (_reading is { IsCompleted: false })
            {
                return _reading;
            }

            if (_reading is not null && _clock.GetElapsedTime(_triedAt) < _options.RefreshAtMostEvery)
            {
                return null;
            }

            _triedAt = _clock.GetTimestamp();
            return _reading = ReadAsync();
        }
    }

    /// <summary>Keeps what is known when it fails.</summary>
    private async Task ReadAsync()
    {
        using var limit = new CancellationTokenSource(_options.ReadTimeout, _clock);
        try
        {
            var keys = SigningKeySet.Read(await _read(limit.Token));
            // Replaced keys are left to the finalizer: requests may be using them.
            _known = new Known(keys, _clock.GetTimestamp());
            _logger.SigningKeysRead(Source, keys.Count);
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException or UnauthorizedAccessException or OperationCanceledException or InvalidDataException)
        {
            _logger.SigningKeysUnread(Source, limit.IsCancellationRequested ? $"no answer within {_options.ReadTimeout.TotalSeconds} s" : problem.Message);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadFileAsync(CancellationToken cancellationToken)
    {
        await using var file = new FileStream(_options.JwksFile!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
        var bytes = new byte[SigningKeySet.MaxBytes + 1];
        var length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= SigningKeySet.MaxBytes ? bytes.AsMemory(0, length) : throw new InvalidDataException($"It has more than {SigningKeySet.MaxBytes} bytes.");
    }

    private sealed record Known(SigningKeySet Keys, long At);
}
