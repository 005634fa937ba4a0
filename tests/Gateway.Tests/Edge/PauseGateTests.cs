using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Edge.Maintenance;

namespace Slipway.Gateway.Tests.Edge;

public sealed class PauseGateTests
{
    private static readonly TimeSpan s_hold = TimeSpan.FromMinutes(1);

    [Fact]
    public void Tickets_AfterAResume_GoOneByOneInTheirOrder()
    {
        using var gate = Gate();
        gate.Pause(s_hold);
        var tickets = Enumerable.Range(0, 4).Select(_ => Enter(gate)!).ToList();
        Assert.All(tickets, ticket => Assert.False(ticket.Turn.Task.IsCompleted));

        gate.Resume("test");

        // Whoever comes while others still wait queues behind them.
        tickets.Add(Enter(gate)!);
        for (var i = 0; i < tickets.Count; i++)
        {
            Assert.Equal(i + 1, tickets.Count(ticket => ticket.Turn.Task.IsCompleted));
            Assert.True(tickets[i].Turn.Task.IsCompleted);
            gate.Gone();
        }

        Assert.Null(Enter(gate));
    }

    [Fact]
    public void Tickets_WhenPausedAgain_WaitOn()
    {
        using var gate = Gate();
        gate.Pause(s_hold);
        var (first, second) = (Enter(gate)!, Enter(gate)!);
        gate.Resume("test");
        gate.Pause(s_hold);
        gate.Gone();
        Assert.True(first.Turn.Task.IsCompleted);
        Assert.False(second.Turn.Task.IsCompleted);
        gate.Resume("test");
        Assert.True(second.Turn.Task.IsCompleted);
        Assert.Equal(0, gate.Held);
    }

    [Fact]
    public async Task Ticket_WhoseClientLeavesAfterItsTurnCame_LetsTheNextGo()
    {
        using var gate = Gate();
        using var leaving = new CancellationTokenSource();
        gate.Pause(s_hold);
        var (first, second) = (Enter(gate)!, Enter(gate)!);
        gate.Resume("test");
        Assert.True(first.Turn.Task.IsCompleted);
        await leaving.CancelAsync();
        // Its turn and its leaving at once: one of both wins, and the queue moves on either way.
        try
        {
            Assert.True(await gate.WaitAsync(first, leaving.Token));
            gate.Gone();
        }
        catch (OperationCanceledException)
        {
            Assert.Equal(0, gate.Held);
        }

        Assert.True(second.Turn.Task.IsCompleted);
    }

    [Fact]
    public async Task Ticket_ThatLeavesTheQueue_IsPassedOver()
    {
        using var gate = Gate();
        using var leaving = new CancellationTokenSource();
        gate.Pause(s_hold);
        var (first, second) = (Enter(gate)!, Enter(gate)!);
        var waiting = gate.WaitAsync(first, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(1, gate.Held);
        gate.Resume("test");
        Assert.True(second.Turn.Task.IsCompleted);
    }

    private static PauseGate Gate() => new(Options.Create(new GatewayOptions()), TimeProvider.System, NullLogger<PauseGate>.Instance);

    private static PauseGate.Ticket? Enter(PauseGate gate)
    {
        Assert.True(gate.TryEnter(out var ticket));
        return ticket;
    }
}
