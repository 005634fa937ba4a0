using Microsoft.Extensions.Options;
using Slipway.Api.Database;

namespace Slipway.Api.Access.Keys;

internal enum KeySource
{
    /// <summary>Nothing was read yet.</summary>
    None,

    /// <summary>The database tells of each change at once.</summary>
    Listening,

    /// <summary>The database is asked again and again, since nothing can be listened to.</summary>
    Asking,

    /// <summary>The database can't be reached; what was known is taken for a while.</summary>
    Unreachable,
}

/// <summary>What a replica knows of the keys, and how sure it is.</summary>
/// <param name="Keys">Null: nothing yet.</param>
/// <param name="AsOf">Timestamp of the clock at which that was all there was to know.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Problem">Why the database can't be listened to or reached; null: it can.</param>
internal sealed record KeyState(KeySnapshot? Keys, long AsOf, KeySource Source, Exception? Problem);

/// <summary>Nobody can say at present whether a key is good.</summary>
internal sealed class KeysUnknownException(Exception? reason) : WithoutDatabaseException(
    $"The keys are not known: {reason?.Message ?? "they are being read"}", "Nothing was done: who may do it stands in the database.", reason);

/// <summary>
/// Hands the known keys to requests, without a round trip to the database as long as they are certainly those of less than
/// <see cref="FreshFor"/> ago, which is why a revocation is in force everywhere within a second.
/// </summary>
internal sealed class KeyKnowledge(IOptions<AccessOptions> options, TimeProvider clock)
{
    /// <summary>Less than the second that is promised.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(900);

    /// <summary>Longer than <see cref="KeyFollower"/> needs to find out that the database doesn't answer.</summary>
    private static readonly TimeSpan s_waitFor = TimeSpan.FromSeconds(4);

    private volatile KeyState _state = new(null, 0, KeySource.None, null);
    private volatile TaskCompletionSource _next = New();

    public KeyState State => _state;

    /// <summary>How long ago the keys were certainly these; null: never.</summary>
    public TimeSpan? Age => _state is { Keys: not null } state ? clock.GetElapsedTime(state.AsOf) : null;

    /// <summary>Replaces what is known, and wakes who waits for it.</summary>
    public void Learn(KeyState state)
    {
        _state = state;
        Interlocked.Exchange(ref _next, New()).TrySetResult();
    }

    /// <exception cref="KeysUnknownException">The database can't be reached, and has not been for too long.</exception>
    public ValueTask<KeySnapshot> KeysAsync(CancellationToken cancellationToken)
    {
        var state = _state;
        return state.Keys is { } keys && MayBeTaken(state) ? new(keys) : new(WaitAsync(cancellationToken));
    }

    private bool MayBeTaken(KeyState state)
    {
        var age = clock.GetElapsedTime(state.AsOf);
        return age <= FreshFor || (state.Source == KeySource.Unreachable && age <= options.Value.Keys.KeepFor);
    }

    /// <summary>
    /// Keys that are certainly no older than this call, for whoever would be refused by those that are known: a key or secret that was made a moment
    /// ago through another replica is taken at once. It makes no work for the database, but waits for the question that is asked anyway.
    /// </summary>
    /// <returns>Null while the database can't be reached: there is nothing newer to be known.</returns>
    public async Task<KeySnapshot?> NewerKeysAsync(CancellationToken cancellationToken)
    {
        var since = clock.GetTimestamp();
        var state = await UntilAsync(state => state.AsOf >= since || state.Source == KeySource.Unreachable, cancellationToken);
        return state.AsOf >= since ? state.Keys : null;
    }

    private async Task<KeySnapshot> WaitAsync(CancellationToken cancellationToken)
    {
        // One outcome of the follower at least: what could not be read a moment ago may be there now.
        var before = _state;
        var state = await UntilAsync(state => !ReferenceEquals(state, before) && (MayBeTaken(state) || state.Source == KeySource.Unreachable), cancellationToken);
        return state.Keys is { } keys && MayBeTaken(state) ? keys : throw new KeysUnknownException(state.Problem);
    }

    /// <summary>All who wait share the rounds of <see cref="KeyFollower"/>.</summary>
    private async Task<KeyState> UntilAsync(Func<KeyState, bool> isEnough, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            // In this order: an outcome between the two lines wakes.
            var next = _next.Task;
            var state = _state;
            if (isEnough(state))
            {
                return state;
            }

            var left = s_waitFor - clock.GetElapsedTime(started);
            try
            {
                await next.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, cancellationToken);
            }
            catch (TimeoutException late)
            {
                throw new KeysUnknownException(late);
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
