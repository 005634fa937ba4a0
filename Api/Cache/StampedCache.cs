using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Slipway.Api.Cache;

/// <summary>A body with the stamp of the row that it was made from, both read by one statement.</summary>
internal readonly record struct Stamped<T>(Guid Stamp, T Body);

/// <summary>Caches response bodies in Redis so that a read after an acknowledged write never gets an older state, through whichever replica.</summary>
/// <remarks>
/// <para>
/// Every cacheable row has a <c>stamp</c>: a random value that a trigger renews with each change, in the same transaction. A read first takes the
/// row's stamp from PostgreSQL by its primary key, and then the body from Redis under a key that contains this stamp. A key thus belongs to one
/// content for ever; nothing is ever invalidated.
/// </para>
/// <para>
/// Why that is right: a write is acknowledged after its commit, so whoever reads afterwards gets the new stamp, and with it a key that only a
/// body of at least this write was stored under, because a body and its stamp come from one statement, that is one snapshot. A slow reader that
/// stores the older body after the write stores it under the older stamp, where nobody looks any more. A write needs nothing from Redis, so
/// neither its death, its silence nor the loss of its content can matter. Stamps are random and not counted, so a database that was restored to
/// an earlier point doesn't meet bodies of the time that was taken back.
/// </para>
/// <para>
/// What it costs and saves: a primary key look-up stays, the joins, the history and the serialising go. While PostgreSQL is away there are no
/// reads; old truth is not served as new.
/// </para>
/// </remarks>
internal sealed class StampedCache(RedisBodies redis, CacheMetrics metrics)
{
    /// <summary>In bytes; a larger body isn't stored.</summary>
    private const int MaxBody = 512 * 1024;

    /// <summary>Two builds may shape the same content differently and share a Redis during a release.</summary>
    private static readonly string s_build = typeof(StampedCache).Module.ModuleVersionId.ToString("N");

    /// <summary>The body in UTF-8 JSON, from Redis or else by <paramref name="load"/>.</summary>
    /// <param name="kind">What is cached: <c>release</c>.</param>
    /// <param name="stamp">As just read from PostgreSQL.</param>
    /// <param name="part">Which of several bodies of one row; empty for the only one.</param>
    /// <param name="load">Null when the row has gone meanwhile.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<CachedBody?> GetAsync<T>(
        string kind, Guid stamp, string part, Func<CancellationToken, Task<Stamped<T>?>> load, CancellationToken cancellationToken)
    {
        var (cached, outcome) = await redis.ReadAsync(Key(kind, stamp, part), cancellationToken);
        metrics.Count(kind, outcome);
        if (cached is not null)
        {
            return new CachedBody(stamp, cached);
        }

        if (await load(cancellationToken) is not { } loaded)
        {
            return null;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(loaded.Body, ApiJson.Options);
        if (body.Length <= MaxBody)
        {
            await redis.WriteAsync(Key(kind, loaded.Stamp, part), body, cancellationToken);
        }

        return new CachedBody(loaded.Stamp, body);
    }

    private static string Key(string kind, Guid stamp, string part) => $"slipway:{s_build}:{kind}:{stamp:N}:{part}";
}

/// <summary>A JSON body that is sent as it is, with its stamp as entity tag: a client that has it gets 304.</summary>
internal sealed record CachedBody(Guid Stamp, byte[] Json) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var tag = $"\"{Stamp:N}\"";
        httpContext.Response.Headers.ETag = tag;
        // Whoever keeps it must ask again before using it.
        httpContext.Response.Headers.CacheControl = "no-cache";
        if (httpContext.Request.Headers.IfNoneMatch.ToString() == tag)
        {
            httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        httpContext.Response.ContentType = "application/json; charset=utf-8";
        httpContext.Response.ContentLength = Json.Length;
        await httpContext.Response.Body.WriteAsync(Json, httpContext.RequestAborted);
    }
}

internal static class CacheRegistration
{
    private static readonly TimeSpan s_checkTimeout = TimeSpan.FromSeconds(1);

    public static void AddStampedCache(this WebApplicationBuilder builder)
    {
        builder.AddRedisClient("cache", configureOptions: static redis => redis.AbortOnConnectFail = false);
        builder.Services.Configure<HealthCheckServiceOptions>(static checks =>
        {
            // Without Redis everything is served, only slower.
            foreach (var check in checks.Registrations.Where(check => check.Name == "StackExchange.Redis"))
            {
                check.FailureStatus = HealthStatus.Degraded;
                check.Timeout = s_checkTimeout;
            }
        });
        builder.Services.AddSingleton<IValidateOptions<CacheOptions>, CacheOptionsValidator>();
        builder.Services.AddOptionsWithValidateOnStart<CacheOptions>().BindConfiguration(CacheOptions.Section);
        builder.Services.AddSingleton<CacheMetrics>().AddSingleton<RedisBodies>().AddSingleton<StampedCache>();
        builder.Services.AddHostedService(static services => services.GetRequiredService<RedisBodies>());
    }
}
