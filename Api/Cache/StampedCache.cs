using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Health;

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
/// What it costs and saves: a primary key look-up stays, the joins, the history and the serialising go. While PostgreSQL is away there is no
/// stamp, so nothing is served as new: <see cref="CachedReads"/> serves the last known state and says so.
/// </para>
/// </remarks>
internal sealed class StampedCache(RedisBodies redis, CacheMetrics metrics, TimeProvider clock)
{
    /// <summary>In bytes; a larger body isn't stored.</summary>
    private const int MaxBody = 512 * 1024;

    /// <summary>A stamp and milliseconds since 1970.</summary>
    private const int PointerLength = 24;

    /// <summary>Two builds may shape the same content differently and share a Redis during a release.</summary>
    private static readonly string s_build = typeof(StampedCache).Module.ModuleVersionId.ToString("N");

    /// <summary>The body in UTF-8 JSON, from Redis or else by <paramref name="load"/>.</summary>
    /// <param name="what">What is read.</param>
    /// <param name="stamp">As just read from PostgreSQL.</param>
    /// <param name="load">Null when the row has gone meanwhile.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<CachedBody?> GetAsync<T>(
        ReadOf what, Guid stamp, Func<CancellationToken, Task<Stamped<T>?>> load, CancellationToken cancellationToken)
    {
        var key = Key(what, stamp);
        var (cached, outcome) = await redis.ReadAsync(key, cancellationToken);
        var sound = Opened(key, cached);
        metrics.Count(what.Kind, cached is not null && sound is null ? "unsound" : outcome);
        if (sound is not null)
        {
            return new CachedBody(stamp, sound);
        }

        var at = clock.GetUtcNow();
        if (await load(cancellationToken) is not { } loaded)
        {
            return null;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(loaded.Body, ApiJson.Options);
        if (body.Length <= MaxBody)
        {
            key = Key(what, loaded.Stamp);
            var written = redis.WriteAsync(key, Sealed(key, body), cancellationToken);
            await redis.WriteAsync(LastKey(what), Pointer(loaded.Stamp, at), cancellationToken);
            await written;
        }

        return new CachedBody(loaded.Stamp, body);
    }

    /// <summary>What some replica read last and Redis still has, if that was after <paramref name="after"/>; null otherwise.</summary>
    public async Task<KnownBody?> LastKnownAsync(ReadOf what, DateTimeOffset after, CancellationToken cancellationToken)
    {
        var (pointer, _) = await redis.ReadAsync(LastKey(what), cancellationToken);
        if (pointer is not { Length: PointerLength })
        {
            return null;
        }

        var stamp = new Guid(pointer.AsSpan(0, 16));
        var milliseconds = BinaryPrimitives.ReadInt64LittleEndian(pointer.AsSpan(16));
        // It may be anything; and no clock is that far ahead.
        if (milliseconds < 0 || milliseconds > clock.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds())
        {
            return null;
        }

        var at = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        var key = Key(what, stamp);
        var (body, _) = at > after ? await redis.ReadAsync(key, cancellationToken) : default;
        return Opened(key, body) is { } sound ? new KnownBody(stamp, sound, at) : null;
    }

    /// <summary>The body after a hash of it and of its key: what is broken, cut off or under another's key is no body.</summary>
    /// <remarks>It proves nothing about who wrote it: whoever may write to Redis may also make the hash.</remarks>
    private static byte[] Sealed(string key, byte[] body) => [.. Hash(key, body), .. body];

    /// <summary>Null for what isn't one of ours.</summary>
    private static byte[]? Opened(string key, byte[]? kept) =>
        kept is { Length: >= SHA256.HashSizeInBytes } && Hash(key, kept.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(kept.AsSpan(0, SHA256.HashSizeInBytes))
            ? kept[SHA256.HashSizeInBytes..] : null;

    private static byte[] Hash(string key, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(key));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    private static byte[] Pointer(Guid stamp, DateTimeOffset at)
    {
        var pointer = new byte[PointerLength];
        stamp.TryWriteBytes(pointer);
        BinaryPrimitives.WriteInt64LittleEndian(pointer.AsSpan(16), at.ToUnixTimeMilliseconds());
        return pointer;
    }

    private static string Key(ReadOf what, Guid stamp) => $"slipway:{s_build}:{what.Kind}:{stamp:N}:{what.Part}";

    /// <summary>Where the stamp stands that was read last: the only key that is ever overwritten, and of no account while PostgreSQL answers.</summary>
    private static string LastKey(ReadOf what) => $"slipway:{s_build}:last:{what}";
}

/// <summary>A JSON body that is sent as it is, with its stamp as entity tag: a client that has it gets 304.</summary>
internal sealed record CachedBody(Guid Stamp, byte[] Json) : IResult
{
    /// <summary>Since when nobody could vouch for it; null while PostgreSQL does.</summary>
    public TimeSpan? StaleFor { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.ETag = EntityTags.Of(Stamp);
        // Whoever keeps it must ask again before using it.
        httpContext.Response.Headers.CacheControl = "no-cache";
        if (StaleFor is { } stale)
        {
            // RFC 9111 section 5.1 and RFC 9211: nothing is fresh here for any time, so its remaining time is its age below zero.
            var age = ((long)stale.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            httpContext.Response.Headers.Age = age;
            httpContext.Response.Headers["Cache-Status"] = $"slipway-api; hit; ttl=-{age}; detail=database-unavailable";
        }

        if (EntityTags.HasAlready(httpContext.Request, Stamp))
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
        builder.Services.AddSingleton<CacheMetrics>().AddSingleton<RedisBodies>().AddSingleton<StampedCache>().AddSingleton<LastKnown>().AddScoped<CachedReads>();
        builder.Services.AddSingleton<IHealthDetail, CacheDetail>();
        builder.Services.AddHostedService(static services => services.GetRequiredService<RedisBodies>());
    }
}
