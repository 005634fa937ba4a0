using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Correlation;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>Every error is a problem (RFC 9457) that carries the trace's id, so that a report of it leads to the trace and its logs.</summary>
internal static class ProblemRegistration
{
    /// <summary>In seconds: how long a client should leave a dependency that is down alone.</summary>
    private const string RetryAfter = "5";

    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(static options => options.CustomizeProblemDetails = Complete);
        services.AddSingleton<IProblemDetailsWriter, ProblemsForEverybody>();
        services.Configure<ExceptionHandlerOptions>(static options =>
        {
            options.StatusCodeSelector = ExceptionStatus.Of;
            // The client's own fault, such as a body that breaks off: an error for nobody to act on, and anybody could fill the log with it.
            options.SuppressDiagnosticsCallback = static handled => handled.Exception is BadHttpRequestException;
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDeveloperPageExceptionFilter, DevelopmentProblems>());
    }

    private static void Complete(ProblemDetailsContext context)
    {
        var http = context.HttpContext;
        context.ProblemDetails.Extensions["traceId"] = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
        if (CorrelationIds.Of(http) is { } correlationId)
            context.ProblemDetails.Extensions[CorrelationIds.Key] = correlationId;

        var exception = context.Exception ?? http.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (exception is null)
            return;
        if (http.RequestServices.GetRequiredService<IHostEnvironment>().IsDevelopment())
            context.ProblemDetails.Detail ??= http.RequestServices.GetRequiredService<Redactor>().Redact($"{exception.GetType().FullName}: {exception.Message}");
        if (context.ProblemDetails.Status == StatusCodes.Status503ServiceUnavailable && !http.Response.HasStarted)
            http.Response.Headers.RetryAfter = RetryAfter;
    }
}
