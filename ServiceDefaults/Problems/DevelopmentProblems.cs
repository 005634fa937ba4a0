using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>
/// In Development the host shows a page for an exception, before any handler of ours sees it and always as 500. Browsers may have that page;
/// everybody else gets the same problem as in production.
/// </summary>
internal sealed class DevelopmentProblems(IProblemDetailsService problems) : IDeveloperPageExceptionFilter
{
    public async Task HandleExceptionAsync(ErrorContext errorContext, Func<ErrorContext, Task> next)
    {
        var http = errorContext.HttpContext;
        // As the exception handler does, for whoever reports the request's outcome after this.
        http.Features.Set<IExceptionHandlerFeature>(new ExceptionHandlerFeature
        {
            Error = errorContext.Exception,
            Endpoint = http.GetEndpoint(),
            RouteValues = http.Request.RouteValues,
            Path = http.Request.Path,
        });

        var wantsPage = http.Request.GetTypedHeaders().Accept.Any(static accept => accept.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
        if (wantsPage || http.Response.HasStarted)
        {
            await next(errorContext);
            return;
        }

        http.Response.StatusCode = ExceptionStatus.Of(errorContext.Exception);
        http.Response.Headers[HeaderNames.CacheControl] = "no-store";
        var written = await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = http, Exception = errorContext.Exception });
        if (!written)
            await next(errorContext);
    }
}
