using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Gateway.Destinations;

/// <summary>Whether requests are sent to a destination; the numbers are those of the metric.</summary>
internal enum CircuitState
{
    /// <summary>It answers.</summary>
    Closed = 0,

    /// <summary>It failed; single requests try it.</summary>
    HalfOpen = 1,

    /// <summary>It failed and is left alone.</summary>
    Open = 2,
}

/// <summary>
/// Judges one destination by what became of the requests sent to it: no connection, a broken answer or silence count as failures, any HTTP
/// answer as success. Opens by a share of failures or by some in a row; after a wait one request at a time tries it, and the first good one closes it.
/// </summary>
internal sealed class DestinationCircuit(DestinationOptions options, TimeProvider clock)
{
    /// <summary>Fewer requests in the window judge nothing by their share.</summary>
    private const int LeastRequests = 10;

    private const int Slots = 10;

    private readonly Lock _lock = new();
    private readonly (long Number, int Requests, int Failures)[] _slots = new (long, int, int)[Slots];
    private int _inARow;
    private bool _trying;

    /// <summary>Zero while closed; else when it opened, or when the last trial began.</summary>
    private long _since;

    public CircuitState State
    {
        get
        {
            lock (_lock)
                return _since == 0 ? CircuitState.Closed : _trying ? CircuitState.HalfOpen : CircuitState.Open;
        }
    }

    public bool IsClosed => Volatile.Read(ref _since) == 0;

    /// <summary>Takes the one trial that is due; a trial without an outcome is taken for lost after the same wait.</summary>
    /// <param name="isRepeatable">Whether the request can go elsewhere afterwards. Others try only what nobody else has tried for as long again.</param>
    public bool TryBeginTrial(bool isRepeatable)
    {
        lock (_lock)
        {
            var wait = isRepeatable ? options.ReactivationPeriod : options.ReactivationPeriod * 2;
            if (_since == 0 || clock.GetElapsedTime(_since) < wait)
                return false;
            _since = Now();
            return _trying = true;
        }
    }

    /// <param name="failed">What the request says about the destination.</param>
    /// <param name="isTrial">Only a trial closes the circuit: a late answer from before it opened tells nothing new.</param>
    /// <returns>True when it opened by this.</returns>
    public bool Judge(bool failed, bool isTrial)
    {
        lock (_lock)
        {
            if (_since != 0)
            {
                if (isTrial)
                    EndTrial(failed);
                return false;
            }

            _inARow = failed ? _inARow + 1 : 0;
            var (requests, failures) = Count(failed);
            if (!failed || (_inARow < options.FailuresInARow && (requests < LeastRequests || failures < requests * options.FailureRate)))
                return false;
            _since = Now();
            return true;
        }
    }

    /// <summary>What an attempt says about its destination; null for nothing: the client left or was at fault, or nothing was sent.</summary>
    public static bool? Failed(IForwarderErrorFeature? error) => error?.Error switch
    {
        null => false,
        ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.RequestBodyDestination or ForwarderError.ResponseHeaders
            or ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination => true,
        _ => null,
    };

    private void EndTrial(bool failed)
    {
        _trying = false;
        if (failed)
        {
            _since = Now();
            return;
        }

        Volatile.Write(ref _since, 0);
        _inARow = 0;
        Array.Clear(_slots);
    }

    private (int Requests, int Failures) Count(bool failed)
    {
        var number = (long)(clock.GetElapsedTime(0) / (options.FailureWindow / Slots));
        ref var slot = ref _slots[number % Slots];
        if (slot.Number != number)
            slot = (number, 0, 0);
        slot.Requests++;
        if (!failed)
            return default;
        slot.Failures++;
        var (requests, failures) = (0, 0);
        foreach (var one in _slots)
        {
            if (one.Number > number - Slots)
                (requests, failures) = (requests + one.Requests, failures + one.Failures);
        }

        return (requests, failures);
    }

    private long Now() => Math.Max(1, clock.GetTimestamp());
}
