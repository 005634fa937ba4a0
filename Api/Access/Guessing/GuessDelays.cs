using Microsoft.Extensions.Options;

namespace Slipway.Api.Access.Guessing;

/// <summary>
/// Makes whoever sends wrong credentials wait, twice as long each time. While he has to wait nothing that he sends is looked at, so that waiting
/// can't be got round.
/// <para>
/// What the delay is on decides who suffers from a stranger's guesses. It is on the address, whatever is guessed at from there, and on the pair of
/// address and prefix. It is never on a prefix alone: anybody may know a prefix, and could lock its holder out by guessing at it. An address's delay
/// passes over the pairs that were right before: a key in use behind a shared address goes on working while somebody else there guesses at
/// another one. What remains: a key that is used for the first time at an address from which somebody guesses has to wait with him.
/// </para>
/// <para>Each replica counts for itself. A secret has 256 bits, so that no count of free tries matters; the delay is against noise and load.</para>
/// </summary>
internal sealed class GuessDelays
{
    /// <summary>In the place of the prefix for tokens, which have none that is proven.</summary>
    public const string Tokens = "(token)";

    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);

    private readonly GuessOptions _options;
    private readonly TimeProvider _clock;
    private readonly BoundedMemory<ClientAddress, Failures> _addresses;
    private readonly BoundedMemory<(ClientAddress, string), Failures> _pairs;

    /// <summary>Until when a pair is trusted.</summary>
    private readonly BoundedMemory<(ClientAddress, string), long> _homes;

    public GuessDelays(IOptions<AccessOptions> options, TimeProvider clock)
    {
        (_options, _clock) = (options.Value.Guessing, clock);
        _addresses = new(_options.MaxRemembered, static failures => failures.At);
        _pairs = new(_options.MaxRemembered, static failures => failures.At);
        _homes = new(_options.MaxRemembered, static until => until);
    }

    /// <summary>In all tables together.</summary>
    internal int Remembered => _addresses.Count + _pairs.Count + _homes.Count;

    /// <summary>How long to wait before a credential is looked at; null: not at all.</summary>
    public TimeSpan? WaitFor(ClientAddress address, string prefix)
    {
        if (_addresses.Count == 0)
        {
            return null;
        }

        var now = Now();
        if (_pairs.TryGet((address, prefix), out var pair) && pair.WaitUntil > now)
        {
            return Time(pair.WaitUntil - now);
        }

        return _addresses.TryGet(address, out var all) && all.WaitUntil > now && !(_homes.TryGet((address, prefix), out var until) && until > now)
            ? Time(all.WaitUntil - now)
            : null;
    }

    public void Failed(ClientAddress address, string prefix)
    {
        var now = Now();
        _addresses.Update(address, failures => Next(failures, now));
        _pairs.Update((address, prefix), failures => Next(failures, now));
    }

    /// <summary>The pair is right: its own failures are forgotten. Not the address's, or one right key would free whoever guesses at others.</summary>
    public void Succeeded(ClientAddress address, string prefix)
    {
        var now = Now();
        // Written once in a while only: it is asked with every request.
        if (!_homes.TryGet((address, prefix), out var until) || until - now < Ticks(_options.TrustFor) / 2)
        {
            _homes.Update((address, prefix), _ => now + Ticks(_options.TrustFor));
        }

        _pairs.Forget((address, prefix));
    }

    private Failures Next(Failures? before, long now)
    {
        var count = before is { } known && known.ForgetAt > now ? known.Count + 1 : 1;
        var beyond = count - _options.FreeTries;
        var delay = beyond <= 0 ? TimeSpan.Zero : beyond > 30 ? _options.MaxDelay : TimeSpan.FromTicks(Math.Min(s_first.Ticks << (beyond - 1), _options.MaxDelay.Ticks));
        return new Failures(count, now, now + Ticks(delay), now + Ticks(delay + _options.ForgetAfter));
    }

    private long Now() => _clock.GetTimestamp();

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _clock.TimestampFrequency);

    private TimeSpan Time(long ticks) => TimeSpan.FromSeconds((double)ticks / _clock.TimestampFrequency);

    /// <param name="Count">In a row, with less than the time to forget between them.</param>
    /// <param name="At">Timestamp of the last, as the others.</param>
    /// <param name="WaitUntil">Before then nothing is looked at.</param>
    /// <param name="ForgetAt">From then on it is as if there had been none.</param>
    private sealed record Failures(int Count, long At, long WaitUntil, long ForgetAt);
}
