using System.Net;
using System.Net.Http.Json;
using Polly.Timeout;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>Which outcomes are worth another attempt, and which requests may have one (RFC 9110, 9.2.2).</summary>
internal static class RetryRules
{
    /// <summary>True when the request may be repeated: its method is idempotent and its content, if any, can be sent again.</summary>
    public static bool MayRepeat(HttpRequestMessage request) =>
        IsIdempotent(request.Method) && request.Content is null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent;

    /// <summary>True for failures that may pass: no answer, 408, 429 and every 5xx but 501.</summary>
    public static bool IsTransient(HttpResponseMessage? response, Exception? exception) =>
        IsFailure(response, exception) || response?.StatusCode == HttpStatusCode.TooManyRequests;

    /// <summary>True when the other side is not well, which a 429 doesn't say.</summary>
    public static bool IsFailure(HttpResponseMessage? response, Exception? exception) =>
        exception is HttpRequestException or TimeoutRejectedException
        || response?.StatusCode is HttpStatusCode.RequestTimeout
        || response is not null && (int)response.StatusCode >= 500 && response.StatusCode != HttpStatusCode.NotImplemented;

    /// <summary>Null when the response says nothing; never negative.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage? response, TimeProvider clock)
    {
        var header = response?.Headers.RetryAfter;
        var delay = header?.Delta ?? header?.Date - clock.GetUtcNow();
        return delay < TimeSpan.Zero ? TimeSpan.Zero : delay;
    }

    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace
        || method == HttpMethod.Put || method == HttpMethod.Delete;
}
