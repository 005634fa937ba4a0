using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>The status that an unhandled exception becomes.</summary>
internal static class ExceptionStatus
{
    /// <summary>The request's own fault, a dependency that is down (503), or a bug (500).</summary>
    public static int Of(Exception exception) => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        DbException { IsTransient: true } or BrokenCircuitException or TimeoutRejectedException or HttpRequestException
            => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
