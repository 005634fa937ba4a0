using Microsoft.Extensions.Options;
using Slipway.Gateway.Protection.Load;
using Slipway.TestKit;

namespace Slipway.Gateway.Tests.Protection;

public sealed class LoadGateTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly LoadOptions _options = new() { Initial = 10, Min = 10, Max = 10, Queue = 3 };
    private LoadGate? _gate;

    private LoadGate Gate => _gate ??= Create();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _gate?.Dispose();

    [Fact]
    public async Task Request_WhileThereIsRoom_GoesInAtOnce()
    {
        for (var i = 0; i < 8; i++)
            Assert.NotNull((await Gate.EnterAsync(RequestPriority.Bulk, false, Cancellation)).Slot);
        Assert.False(Gate.EnterAsync(RequestPriority.Bulk, false, Cancellation).AsTask().IsCompleted);
        // What the bulk may not take is kept for the others.
        Assert.NotNull((await Gate.EnterAsync(RequestPriority.Normal, false, Cancellation)).Slot);
        Assert.NotNull((await Gate.EnterAsync(RequestPriority.High, false, Cancellation)).Slot);
        Assert.Equal((10, 1), (Gate.UnderWay, Gate.Queued));
    }

    [Fact]
    public async Task Queue_LetsTheMoreImportantInFirst()
    {
        var slots = await Fill();
        var bulk = Gate.EnterAsync(RequestPriority.Bulk, false, Cancellation).AsTask();
        var normal = Gate.EnterAsync(RequestPriority.Normal, false, Cancellation).AsTask();
        var high = Gate.EnterAsync(RequestPriority.High, false, Cancellation).AsTask();

        slots[0].Answered();
        Assert.NotNull((await high).Slot);
        Assert.Equal((false, false), (bulk.IsCompleted, normal.IsCompleted));
        slots[1].Answered();
        slots[2].Answered();
        Assert.NotNull((await normal).Slot);
        Assert.False(bulk.IsCompleted);
        foreach (var slot in slots.Skip(3))
            slot.Answered();
        Assert.NotNull((await bulk).Slot);
    }

    [Fact]
    public async Task Queue_WhenFull_RefusesTheLastOfTheLeastImportant()
    {
        await Fill();
        var first = Gate.EnterAsync(RequestPriority.Bulk, false, Cancellation).AsTask();
        var second = Gate.EnterAsync(RequestPriority.Bulk, false, Cancellation).AsTask();
        var third = Gate.EnterAsync(RequestPriority.Normal, false, Cancellation).AsTask();

        Assert.Equal(Shed.QueueFull, (await Gate.EnterAsync(RequestPriority.Bulk, false, Cancellation)).Shed);
        var high = Gate.EnterAsync(RequestPriority.High, false, Cancellation).AsTask();
        Assert.Equal(Shed.Displaced, (await second).Shed);
        Assert.False(high.IsCompleted || first.IsCompleted || third.IsCompleted);
        Assert.Equal(3, Gate.Queued);
    }

    [Fact]
    public async Task Queue_ThatDoesNotEmpty_KeepsNobodyLongUntilItWasEmpty()
    {
        _options.Queue = 100;
        var slots = await Fill();
        var first = Gate.EnterAsync(RequestPriority.High, false, Cancellation).AsTask();
        _clock.Advance(_options.QueueTime - TimeSpan.FromMilliseconds(1));
        Gate.Look();
        Assert.False(first.IsCompleted);
        var second = Gate.EnterAsync(RequestPriority.High, false, Cancellation).AsTask();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Gate.Look();
        Assert.Equal(Shed.Waited, (await first).Shed);
        Assert.False(second.IsCompleted);

        // Crowded now: half a second has passed without an empty queue.
        _clock.Advance(_options.CrowdedQueueTime);
        var third = Gate.EnterAsync(RequestPriority.High, false, Cancellation).AsTask();
        Gate.Look();
        Assert.Equal(Shed.Waited, (await second).Shed);
        slots[0].Answered();
        Assert.NotNull((await third).Slot);
        Assert.Equal(0, Gate.Queued);

        // It was empty: the next one may wait its whole time again.
        var fourth = Gate.EnterAsync(RequestPriority.High, false, Cancellation).AsTask();
        _clock.Advance(2 * _options.CrowdedQueueTime);
        Gate.Look();
        Assert.False(fourth.IsCompleted);
    }

    [Fact]
    public async Task Client_ThatLeavesTheQueue_LeavesNothingBehind()
    {
        var slots = await Fill();
        using var leaving = new CancellationTokenSource();
        var waiting = Gate.EnterAsync(RequestPriority.High, false, leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, Gate.Queued);
        foreach (var slot in slots)
            slot.Dropped();
        slots[0].Answered();
        Assert.Equal(0, Gate.UnderWay);
    }

    [Fact]
    public async Task Upload_ThatTakesLong_TakesNobodysPlace()
    {
        for (var i = 0; i < 10; i++)
            Assert.NotNull((await Gate.EnterAsync(RequestPriority.High, uploads: true, Cancellation)).Slot);
        var waiting = Gate.EnterAsync(RequestPriority.High, uploads: false, Cancellation).AsTask();
        Assert.False(waiting.IsCompleted);

        _clock.Advance(_options.UploadTime);
        Gate.Look();

        Assert.NotNull((await waiting).Slot);
        Assert.Equal(1, Gate.UnderWay);
    }

    /// <summary>All room is taken.</summary>
    private async Task<List<LoadGate.Slot>> Fill()
    {
        var slots = new List<LoadGate.Slot>();
        for (var i = 0; i < 10; i++)
            slots.Add((await Gate.EnterAsync(RequestPriority.High, false, Cancellation)).Slot!);
        return slots;
    }

    private LoadGate Create()
    {
        var options = new GatewayOptions();
        options.Limits.Load = _options;
        return new LoadGate(Options.Create(options), _clock);
    }
}
