namespace Slipway.Benchmarks.Proxies;

/// <summary>The backend itself: what the load and it can do without anything between.</summary>
internal sealed class NoProxy : IProxy
{
    public string Name => "no proxy";

    public Uri Address { get; private set; } = null!;

    public int? ProcessId => null;

    public Task StartAsync(Uri backend, CancellationToken cancellationToken)
    {
        Address = backend;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
