using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Edge.Maintenance;

/// <summary>What a pause is at this moment.</summary>
/// <param name="HoldFor">How long each request is held at most.</param>
/// <param name="EndsAt">When it ends by itself, in UTC.</param>
internal sealed record PauseState(TimeSpan HoldFor, DateTimeOffset EndsAt);

/// <summary>Holds requests while paused and lets them go one after the other, in the order in which they came.</summary>
/// <remarks>While those held are let go, new ones queue behind them. Bounded in number, in time for each, and in time for the whole.</remarks>
internal sealed class PauseGate(IOptions<GatewayOptions> options, TimeProvider clock, ILogger<PauseGate> logger) : IDisposable
{
    private readonly MaintenanceOptions _options = options.Value.Maintenance;
    private readonly Lock _gate = new();
    private readonly LinkedList<Ticket> _held = [];
    private volatile PauseState? _paused;
    private volatile bool _isHolding;
    private bool _isLettingGo;
    private ITimer? _end;

    /// <summary>Null: not paused.</summary>
    public PauseState? Current => _paused;

    public int Held
    {
        get
        {
            lock (_gate)
                return _held.Count;
        }
    }

    /// <summary>Begins a pause, or sets a running one anew.</summary>
    public PauseState Pause(TimeSpan holdFor)
    {
        lock (_gate)
        {
            _paused = new PauseState(holdFor, clock.GetUtcNow() + _options.MaxPause);
            _isHolding = true;
            _end?.Dispose();
            _end = clock.CreateTimer(_ => Resume("it took its longest time"), null, _options.MaxPause, Timeout.InfiniteTimeSpan);
            logger.Paused(holdFor.TotalSeconds);
            return _paused;
        }
    }

    /// <param name="reason">For the log.</param>
    public void Resume(string reason)
    {
        lock (_gate)
        {
            if (_paused is null)
                return;
            _paused = null;
            _end?.Dispose();
            _end = null;
            logger.Resumed(reason, _held.Count);
            if (!_isLettingGo)
                LetOneGo();
        }
    }

    /// <returns>True with null: go on. True with a ticket: wait for it. False: too many are held.</returns>
    public bool TryEnter(out Ticket? ticket)
    {
        ticket = null;
        if (!_isHolding)
            return true;
        lock (_gate)
        {
            if (!_isHolding)
                return true;
            if (_held.Count >= _options.MaxHeld)
                return false;
            ticket = new Ticket(_paused?.HoldFor ?? _options.MaxHold);
            ticket.Place = _held.AddLast(ticket);
            return true;
        }
    }

    /// <returns>True: it may go, and <see cref="Gone"/> has to be called once it does. False: its time ran out.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<bool> WaitAsync(Ticket ticket, CancellationToken cancellationToken)
    {
        try
        {
            await ticket.Turn.Task.WaitAsync(ticket.HoldFor, clock, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return !Leave(ticket);
        }
        catch (OperationCanceledException)
        {
            if (!Leave(ticket))
                Gone();
            throw;
        }
    }

    /// <summary>The request whose turn it was is on its way: the next one.</summary>
    public void Gone()
    {
        lock (_gate)
            LetOneGo();
    }

    public void Dispose() => _end?.Dispose();

    /// <returns>False: its turn had come already.</returns>
    private bool Leave(Ticket ticket)
    {
        lock (_gate)
        {
            if (ticket.Place is not { } place)
                return false;
            _held.Remove(place);
            ticket.Place = null;
            return true;
        }
    }

    private void LetOneGo()
    {
        _isLettingGo = _paused is null && _held.First is not null;
        if (_isLettingGo)
        {
            var ticket = _held.First!.Value;
            _held.RemoveFirst();
            ticket.Place = null;
            ticket.Turn.SetResult();
        }
        else if (_paused is null)
        {
            _isHolding = false;
        }
    }

    /// <summary>One request that is held.</summary>
    internal sealed class Ticket(TimeSpan holdFor)
    {
        public TimeSpan HoldFor => holdFor;

        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Null once its turn has come, or it left.</summary>
        public LinkedListNode<Ticket>? Place { get; set; }
    }
}
