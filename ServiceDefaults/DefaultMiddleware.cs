using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Slipway.ServiceDefaults.Correlation;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ServiceDefaults;

/// <summary>Puts the middleware of the defaults in front of everything that the service adds.</summary>
internal sealed class DefaultMiddleware : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // Outermost, so that the span sees the status that the exception handler chose.
        app.UseMiddleware<RequestSpans>();
        app.UseMiddleware<CorrelationIds>();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        next(app);
    };
}
