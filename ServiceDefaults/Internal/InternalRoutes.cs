using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Correlation;

namespace Slipway.ServiceDefaults.Internal;

/// <summary>What answers on the internal port: its own routes and nothing of the application's, which in turn has none of these.</summary>
internal sealed class InternalRoutes : IEndpointRouteBuilder
{
    private readonly Lazy<RouteGroupBuilder> _group;

    public InternalRoutes(IServiceProvider services)
    {
        ServiceProvider = services;
        // The application's document of its API reads every route of the process.
        _group = new(() => this.MapGroup("").ExcludeFromDescription().AllowAnonymous().DisableHttpMetrics());
    }

    public IServiceProvider ServiceProvider { get; }

    public ICollection<EndpointDataSource> DataSources { get; } = [];

    public RouteGroupBuilder Group => _group.Value;

    public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(ServiceProvider);

    /// <summary>To be called after everything is mapped.</summary>
    public RequestDelegate BuildPipeline()
    {
        var app = CreateApplicationBuilder();
        app.UseMiddleware<CorrelationIds>();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRouting();
        app.UseEndpoints(routes =>
        {
            foreach (var source in DataSources)
                routes.DataSources.Add(source);
        });
        return app.Build();
    }
}

/// <summary>Maps end points onto the internal port.</summary>
public static class InternalRouteExtensions
{
    private static readonly SharedKey s_key = new(
        "The controls", "Internal:Key", "urn:slipway:problem:internal:no-key-set", "urn:slipway:problem:internal:key-needed");

    /// <summary>
    /// Routes that answer on the internal port (<c>Internal:Port</c>) and nowhere else; a server of its own listens there, so no header, host
    /// name or middleware of the application can lead from one to the other. Without that port they answer nowhere. Each call returns the same group.
    /// </summary>
    public static RouteGroupBuilder MapInternal(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.Services.GetRequiredService<InternalRoutes>().Group;
    }

    /// <summary>Asks for <c>Internal:Key</c> in <c>X-Api-Key</c>: 401 without it, 403 while none is set (in Development everybody may then).</summary>
    public static TBuilder RequireInternalKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.AddEndpointFilter(static async (invocation, next) =>
        {
            var services = invocation.HttpContext.RequestServices;
            var key = services.GetRequiredService<IOptions<InternalOptions>>().Value.Key;
            var isDevelopment = services.GetRequiredService<IHostEnvironment>().IsDevelopment();
            return s_key.Refuse(invocation.HttpContext.Request, key, isDevelopment) ?? await next(invocation);
        });
}
