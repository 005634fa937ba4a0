using System.Globalization;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Slipway.Gateway.Forwarding;

namespace Slipway.Gateway.Edge.Cors;

/// <summary>Answers preflights itself and lets pages of listed origins read answers. What destinations say about it does not count.</summary>
internal sealed class CorsGate(RequestDelegate next, IOptions<GatewayOptions> options, EdgeMetrics metrics)
{
    private static readonly string[] s_theirs =
    [
        HeaderNames.AccessControlAllowOrigin, HeaderNames.AccessControlAllowCredentials, HeaderNames.AccessControlExposeHeaders,
        HeaderNames.AccessControlAllowMethods, HeaderNames.AccessControlAllowHeaders, HeaderNames.AccessControlMaxAge,
    ];

    private readonly HashSet<string> _origins = new(options.Value.Cors.Origins, StringComparer.Ordinal);
    private readonly HashSet<string> _methodSet = new(options.Value.Cors.Methods ?? CorsOptions.DefaultMethods, StringComparer.Ordinal);
    private readonly bool _credentials = options.Value.Cors.AllowCredentials;
    private readonly StringValues _methods = string.Join(", ", options.Value.Cors.Methods ?? CorsOptions.DefaultMethods);
    private readonly StringValues _headers = string.Join(", ", options.Value.Cors.Headers ?? CorsOptions.DefaultHeaders);
    private readonly StringValues _exposed = string.Join(", ", options.Value.Cors.ExposedHeaders ?? CorsOptions.DefaultExposedHeaders);
    private readonly StringValues _maxAge = ((long)options.Value.Cors.MaxAge.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    public Task InvokeAsync(HttpContext context)
    {
        var origin = context.Request.Headers.Origin;
        var allowed = origin is [{ } one] && _origins.Contains(one);
        if (origin.Count > 0 && HttpMethods.IsOptions(context.Request.Method)
            && context.Request.Headers.TryGetValue(HeaderNames.AccessControlRequestMethod, out var method))
        {
            return Preflight(context, origin, allowed && method is [{ } asked] && _methodSet.Contains(asked));
        }

        if (origin.Count > 0 || _origins.Count > 0)
        {
            context.Response.OnStarting(static state =>
            {
                var (self, context, allowed) = ((CorsGate, HttpContext, StringValues))state;
                self.Apply(context.Response.Headers, allowed);
                return Task.CompletedTask;
            }, (this, context, allowed ? origin : StringValues.Empty));
        }

        return next(context);
    }

    /// <summary>Headers that are not listed don't refuse the preflight: the browser compares them with the answer, as with the method.</summary>
    private Task Preflight(HttpContext context, StringValues origin, bool allowed)
    {
        var headers = context.Response.Headers;
        headers.Vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
        if (!allowed)
        {
            metrics.Refused("origin");
            return EdgeProblem.WriteAsync(context, EdgeProblem.Of(
                StatusCodes.Status403Forbidden, GatewayProblems.Urn("origin-not-allowed"), "The origin may not do that",
                "The page's origin or the method is not on the Gateway's list."));
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlAllowMethods = _methods;
        headers.AccessControlAllowHeaders = _headers;
        headers.AccessControlMaxAge = _maxAge;
        if (_credentials)
            headers.AccessControlAllowCredentials = "true";
        return Task.CompletedTask;
    }

    private void Apply(IHeaderDictionary headers, StringValues origin)
    {
        foreach (var theirs in s_theirs)
            headers.Remove(theirs);
        // Also without an origin: a cache must not hand the answer to one that asks with it.
        if (_origins.Count > 0 && !headers.Vary.Any(static vary => vary is not null && (vary.Contains("Origin", StringComparison.OrdinalIgnoreCase) || vary == "*")))
            headers.Append(HeaderNames.Vary, "Origin");
        if (origin.Count == 0)
            return;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = _exposed;
        if (_credentials)
            headers.AccessControlAllowCredentials = "true";
    }
}
