using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Protection.Load;

/// <summary>Why a request was not let in; null stands for one that was.</summary>
internal enum Shed
{
    /// <summary>The queue is full of requests that are as important.</summary>
    QueueFull,

    /// <summary>Its place in the queue was needed for a more important one.</summary>
    Displaced,

    /// <summary>It has waited as long as may be.</summary>
    Waited,
}

/// <summary>Lets requests in up to a limit that adapts; the others wait in a bounded queue, the most important first.</summary>
/// <remarks>
/// Low load is never shed: what finds room goes in at once. The queue is judged by whether it empties (controlled delay): one that did not for a while
/// is crowded, and then nobody waits for long, since whoever waits long is refused in the end or leaves by himself. It stays so until it was empty.
/// </remarks>
internal sealed class LoadGate : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);

    private readonly LoadOptions _options;
    private readonly TimeProvider _clock;
    private readonly AdaptiveLimit _limit;
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter>[] _waiting = [new(), new(), new()];
    private readonly LinkedList<Slot> _uploads = new();
    private readonly ITimer _timer;
    private int _underWay;
    private int _queued;
    private long _emptyAt;

    public LoadGate(IOptions<GatewayOptions> options, TimeProvider clock)
    {
        _options = options.Value.Limits.Load;
        _clock = clock;
        _limit = new AdaptiveLimit(_options, clock);
        _timer = clock.CreateTimer(static gate => ((LoadGate)gate!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Limit => (int)_limit.Current;

    public int UnderWay => Volatile.Read(ref _underWay);

    public int Queued => Volatile.Read(ref _queued);

    public double? GoodMilliseconds
    {
        get
        {
            lock (_lock)
                return _limit.GoodMilliseconds;
        }
    }

    /// <param name="priority">Not critical.</param>
    /// <param name="uploads">Whether the request has a body that is sent on as it comes.</param>
    /// <param name="cancellationToken">The client has left; it then waits no longer.</param>
    /// <returns>A slot to be left when the answer begins, or why there is none.</returns>
    public ValueTask<(Slot? Slot, Shed? Shed)> EnterAsync(RequestPriority priority, bool uploads, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            ForgetUploads();
            if (IsFree(priority) && !HasWaiting(priority))
                return new((Admit(uploads), null));
            if (_queued >= _options.Queue && !Displace(priority))
                return new((null, Shed.QueueFull));
            if (_queued == 0)
            {
                _emptyAt = _clock.GetTimestamp();
                _timer.Change(s_tick, s_tick);
            }

            waiter = new Waiter(priority, uploads, _clock.GetTimestamp());
            waiter.Node = _waiting[(int)priority].AddLast(waiter);
            _queued++;
        }

        return new(Wait(waiter, cancellationToken));
    }

    /// <summary>Looks at who has waited too long. The timer does, since nothing else may happen while the services hang.</summary>
    public void Look()
    {
        lock (_lock)
        {
            ForgetUploads();
            LetIn();
            var longest = _clock.GetElapsedTime(_emptyAt) >= _options.QueueTime ? _options.CrowdedQueueTime : _options.QueueTime;
            foreach (var waiting in _waiting)
            {
                while (waiting.First is { } first && _clock.GetElapsedTime(first.Value.Since) >= longest)
                    Take(first.Value).End(null, Shed.Waited);
            }

            if (_queued == 0)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private async Task<(Slot? Slot, Shed? Shed)> Wait(Waiter waiter, CancellationToken cancellationToken)
    {
        await using var leaving = cancellationToken.UnsafeRegister(
            static (state, token) => ((Action<CancellationToken>)state!)(token), (Action<CancellationToken>)(token => Withdraw(waiter, token)));
        return await waiter.Task;
    }

    private void Withdraw(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (waiter.Node?.List is null)
                return;
            Take(waiter).TrySetCanceled(cancellationToken);
        }
    }

    private void Leave(Slot slot, bool answered)
    {
        lock (_lock)
        {
            if (!slot.TryEnd())
                return;
            // The time of an upload is the client's, not the services'.
            if (answered && slot.Node is null)
                _limit.Answered(slot.Began, _underWay);
            if (slot.Node is { List: { } list })
                list.Remove(slot.Node);
            _underWay--;
            LetIn();
        }
    }

    private void LetIn()
    {
        for (var priority = RequestPriority.High; priority >= RequestPriority.Bulk; priority--)
        {
            while (_waiting[(int)priority].First is { } first && IsFree(priority))
                Take(first.Value).End(Admit(first.Value.Uploads), null);
        }
    }

    private bool IsFree(RequestPriority priority)
    {
        var share = priority switch
        {
            RequestPriority.Bulk => _options.BulkShare,
            RequestPriority.Normal => _options.NormalShare,
            _ => 1,
        };
        return _underWay < Math.Max(1, (int)(_limit.Current * share));
    }

    /// <summary>Nobody overtakes those who wait and are as important.</summary>
    private bool HasWaiting(RequestPriority priority)
    {
        for (var i = (int)priority; i < _waiting.Length; i++)
        {
            if (_waiting[i].Count > 0)
                return true;
        }

        return false;
    }

    /// <summary>The last one to come of the least important goes.</summary>
    private bool Displace(RequestPriority priority)
    {
        for (var i = 0; i < (int)priority; i++)
        {
            if (_waiting[i].Last is not { } last)
                continue;
            Take(last.Value).End(null, Shed.Displaced);
            return true;
        }

        return false;
    }

    private Waiter Take(Waiter waiter)
    {
        waiter.Node!.List!.Remove(waiter.Node);
        if (--_queued == 0)
            _emptyAt = _clock.GetTimestamp();
        return waiter;
    }

    private Slot Admit(bool uploads)
    {
        _underWay++;
        var slot = new Slot(this, _clock.GetTimestamp());
        if (uploads)
            slot.Node = _uploads.AddLast(slot);
        return slot;
    }

    private void ForgetUploads()
    {
        while (_uploads.First is { } first && _clock.GetElapsedTime(first.Value.Began) >= _options.UploadTime)
        {
            _uploads.RemoveFirst();
            if (first.Value.TryEnd())
                _underWay--;
        }
    }

    /// <summary>A request that was let in.</summary>
    internal sealed class Slot(LoadGate gate, long began)
    {
        private bool _ended;

        public long Began => began;

        /// <summary>Null: it has no body to wait for.</summary>
        public LinkedListNode<Slot>? Node { get; set; }

        /// <summary>The answer has begun; a second call does nothing.</summary>
        public void Answered() => gate.Leave(this, answered: true);

        /// <summary>There will be none: the client has left, or nobody could be asked.</summary>
        public void Dropped() => gate.Leave(this, answered: false);

        public bool TryEnd() => !_ended && (_ended = true);
    }

    private sealed class Waiter(RequestPriority priority, bool uploads, long since)
        : TaskCompletionSource<(Slot? Slot, Shed? Shed)>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public RequestPriority Priority => priority;

        public bool Uploads => uploads;

        public long Since => since;

        public LinkedListNode<Waiter>? Node { get; set; }

        public void End(Slot? slot, Shed? shed) => TrySetResult((slot, shed));
    }
}
