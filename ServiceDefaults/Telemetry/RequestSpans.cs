using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>
/// Completes ASP.NET Core's server span by OpenTelemetry's conventions for HTTP servers: route, status code, error, and a name such as
/// <c>GET /applications/{id}</c>. Requests of health probes are not recorded, nor is what they cause.
/// </summary>
internal sealed class RequestSpans(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var span = context.Features.Get<IHttpActivityFeature>()?.Activity;
        if (span is null)
        {
            await next(context);
            return;
        }

        if (ProbePaths.Contains(context.Request.Path.Value))
            Forget(span);

        Exception? escaped = null;
        try
        {
            await next(context);
        }
        catch (Exception exception) when (Keep(exception, out escaped))
        {
            throw;
        }
        finally
        {
            if (span.IsAllDataRequested)
                Describe(span, context, escaped);
        }
    }

    private static bool Keep(Exception exception, out Exception? kept)
    {
        kept = exception;
        return false;
    }

    private static void Forget(Activity span)
    {
        span.IsAllDataRequested = false;
        span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    private static void Describe(Activity span, HttpContext context, Exception? escaped)
    {
        // A handled exception has cleared the request's end point; its handler has kept both.
        var handled = context.Features.Get<IExceptionHandlerFeature>();
        var exception = escaped ?? handled?.Error;
        var route = RouteOf(handled?.Endpoint ?? context.GetEndpoint());

        if (route is not null)
            span.SetTag("http.route", route);
        span.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";

        // An exception that escapes before the response began becomes a 500 in the server, after this middleware.
        var status = escaped is not null && !context.Response.HasStarted ? StatusCodes.Status500InternalServerError : context.Response.StatusCode;
        span.SetTag("http.response.status_code", status);

        if (status < StatusCodes.Status500InternalServerError && escaped is null)
            return;
        span.SetTag("error.type", exception?.GetType().FullName ?? status.ToString());
        span.SetStatus(ActivityStatusCode.Error, exception?.Message);
        if (exception is not null)
            span.AddException(exception);
    }

    private static string? RouteOf(Endpoint? endpoint)
    {
        var pattern = (endpoint as RouteEndpoint)?.RoutePattern.RawText;
        return pattern is null ? null : pattern.StartsWith('/') ? pattern : "/" + pattern;
    }
}
