using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Api.Database;

namespace Slipway.Api.Cache;

/// <summary>What is read.</summary>
/// <param name="Kind">release, application, releases.</param>
/// <param name="Name">Of the thing, as it was asked for.</param>
/// <param name="Part">Which of several bodies of one row; empty for the only one.</param>
internal readonly record struct ReadOf(string Kind, string Name, string Part = "")
{
    /// <summary>In characters.</summary>
    public int Length => Kind.Length + Name.Length + Part.Length;

    public override string ToString() => $"{Kind}:{Name}:{Part}";
}

/// <summary>Reads through the cache; while PostgreSQL gives no answer, with the last known state, marked as such.</summary>
internal sealed class CachedReads(
    StampedCache cache, LastKnown lastKnown, DatabaseSession session, CacheMetrics metrics, IOptions<DatabaseOptions> options, TimeProvider clock)
{
    /// <summary>The body; null when there is no such thing.</summary>
    /// <param name="what">To find it again.</param>
    /// <param name="stamp">Reads the row's stamp by its primary key; null when there is none.</param>
    /// <param name="load">Null when the row has gone meanwhile.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<CachedBody?> GetAsync<T>(
        ReadOf what, Func<CancellationToken, Task<Guid?>> stamp, Func<CancellationToken, Task<Stamped<T>?>> load, CancellationToken cancellationToken)
    {
        try
        {
            // Left behind rather than cancelled: with a server that doesn't answer, Npgsql's cancellation waits for that server itself, twice the
            // connect timeout. What is left behind ends by its command timeout, and meanwhile holds a connection.
            return await FreshAsync(what, stamp, load, isAgain: false, CancellationToken.None).WaitAsync(options.Value.ReadTimeout, clock, cancellationToken);
        }
        catch (Exception problem) when (DatabaseUnavailable.IsAway(problem) && !cancellationToken.IsCancellationRequested)
        {
            session.Failed(problem);
            if (await StaleAsync(what, cancellationToken) is { } known)
            {
                return known;
            }

            throw;
        }
    }

    private async Task<CachedBody?> FreshAsync<T>(
        ReadOf what, Func<CancellationToken, Task<Guid?>> stamp, Func<CancellationToken, Task<Stamped<T>?>> load, bool isAgain, CancellationToken cancellationToken)
    {
        try
        {
            var at = clock.GetUtcNow();
            if (await stamp(cancellationToken) is not { } current)
            {
                lastKnown.Forget(what);
                return null;
            }

            // A stamp belongs to one content for ever, so what this replica has under it is as good as what Redis has.
            if (lastKnown.Confirm(what, current, at) is { } known)
            {
                metrics.Count(what.Kind, "memory");
                return new CachedBody(known.Stamp, known.Json);
            }

            var body = await cache.GetAsync(what, current, load, cancellationToken);
            if (body is null)
            {
                lastKnown.Forget(what);
            }
            else
            {
                lastKnown.Keep(what, new KnownBody(body.Stamp, body.Json, at));
            }

            return body;
        }
        catch (NpgsqlException broken) when (!isAgain && DatabaseUnavailable.IsAway(broken) && broken.InnerException is not TimeoutException)
        {
            // After a restart of PostgreSQL the pool's connections are dead without knowing it: the first to use one is told.
            return await FreshAsync(what, stamp, load, isAgain: true, cancellationToken);
        }
    }

    /// <summary>From this replica's memory or from Redis, whichever is newer; null when neither has it, or too old.</summary>
    private async Task<CachedBody?> StaleAsync(ReadOf what, CancellationToken cancellationToken)
    {
        var here = lastKnown.Find(what);
        var shared = await cache.LastKnownAsync(what, here?.At ?? DateTimeOffset.MinValue, cancellationToken);
        var known = shared ?? here;
        var age = known is null ? TimeSpan.MaxValue : clock.GetUtcNow() - known.At;
        if (age > options.Value.StaleFor || known is null || options.Value.StaleFor == TimeSpan.Zero)
        {
            return null;
        }

        metrics.CountStale(what.Kind, shared is null ? "memory" : "redis");
        return new CachedBody(known.Stamp, known.Json) { StaleFor = age < TimeSpan.Zero ? TimeSpan.Zero : age };
    }
}
