using System.Text.Json.Serialization;
using Slipway.Api.Access;
using Slipway.Api.Audit;
using Slipway.Api.Cache;
using Slipway.Api.Database;
using Slipway.Api.Idempotency;
using Slipway.Api.Releases;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;
using Slipway.ServiceDefaults.Index;

namespace Slipway.Api;

/// <summary>The operations control plane, put together from its slices.</summary>
internal static class ApiApplication
{
    /// <param name="args">Of the process; settings in the form <c>--Section:Key=value</c>.</param>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
            // The Gateway judges heads. What it lets through, with what it adds, must not be refused here, where a refusal has no problem as body.
            kestrel.Limits.MaxRequestLineSize = 160 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 600 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 2100;
        });
        builder.AddServiceDefaults();
        builder.AddOperationsDatabase();
        builder.AddStampedCache();
        builder.Services.ConfigureHttpJsonOptions(static json =>
        {
            ApiJson.Configure(json.SerializerOptions);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        builder.Services.AddIdempotency();
        builder.Services.AddScoped<AuditStore>().AddScoped<ApplicationStore>().AddScoped<ReleaseStore>().AddScoped<ReleaseMoves>();
        builder.Services.AddAccess();
        builder.Services.AddHostedService<ReleaseFigures>();
        builder.Services.AddApiDocument();

        var app = builder.BuildChecked(typeof(ApiApplication).Assembly);
        app.UseServedBy();
        app.UseMiddleware<DatabaseUnavailable>();
        app.UseAccess();
        app.MapDefaultEndpoints();
        app.MapApiDocument();
        app.MapGet("/", static (HttpContext context) => ServiceIndex.For(context, ("docs", "/docs"), ("openapi", "/openapi/v1.json")))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapApplications();
        app.MapReleases();
        app.MapAudit();
        app.MapAccess();
        return app;
    }
}
