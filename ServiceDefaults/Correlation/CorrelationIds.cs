using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Correlation;

/// <summary>
/// Gives every request an id that a person can quote: the client's own <c>X-Correlation-ID</c> when it is well-formed, else the trace's. It is sent
/// back, sent on to the services behind, written into every log line of the request and into every problem.
/// </summary>
internal sealed class CorrelationIds(RequestDelegate next, ILogger<CorrelationIds> logger)
{
    public const string Header = "X-Correlation-ID";

    /// <summary>Name in log scopes and in problems.</summary>
    public const string Key = "correlationId";

    /// <summary>In characters; a UUID has 36.</summary>
    private const int MaxLength = 64;

    /// <summary>What can't break a log line, a header or a shell.</summary>
    private static readonly SearchValues<char> s_allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    public async Task InvokeAsync(HttpContext context)
    {
        var id = context.Request.Headers[Header] is [{ } given] && IsWellFormed(given) ? given : NewId(context);
        context.Items[Key] = id;
        // Whoever forwards the request forwards its headers.
        context.Request.Headers[Header] = id;
        context.Response.OnStarting(static state =>
        {
            var (response, id) = ((HttpResponse, string))state;
            response.Headers[Header] = id;
            return Task.CompletedTask;
        }, (context.Response, id));

        Activity.Current?.SetTag("correlation.id", id);
        using (logger.BeginScope(new Scope(id)))
            await next(context);
    }

    /// <summary>Of the request; null outside of one.</summary>
    public static string? Of(HttpContext context) => context.Items[Key] as string;

    internal static bool IsWellFormed(string id) => id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(s_allowed);

    private static string NewId(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    /// <summary>One member, for loggers that read members as well as for those that read text.</summary>
    private sealed class Scope(string id) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => 1;

        public KeyValuePair<string, object?> this[int index] =>
            index == 0 ? new KeyValuePair<string, object?>(Key, id) : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            yield return this[0];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => $"{Key}:{id}";
    }
}
