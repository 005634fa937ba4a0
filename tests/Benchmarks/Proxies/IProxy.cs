namespace Slipway.Benchmarks.Proxies;

/// <summary>One that takes part in the comparison, set to do the same work for the same backend.</summary>
internal interface IProxy : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Where it listens.</summary>
    Uri Address { get; }

    /// <summary>The process whose cost counts, with all that it started; null: none stands between.</summary>
    int? ProcessId { get; }

    Task StartAsync(Uri backend, CancellationToken cancellationToken);
}
