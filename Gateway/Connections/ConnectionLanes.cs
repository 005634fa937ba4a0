namespace Slipway.Gateway.Connections;

/// <summary>Several connection pools to the same addresses, taken in turn.</summary>
/// <remarks>
/// A pool prefers the connection used last. Where one address stands for several replicas and each connection belongs to one of them, a quiet
/// client would see a single replica for as long as that connection lives. In turns, consecutive requests travel on different connections.
/// </remarks>
internal sealed class ConnectionLanes(IReadOnlyList<HttpMessageHandler> lanes) : HttpMessageHandler
{
    private readonly HttpMessageInvoker[] _lanes = [.. lanes.Select(lane => new HttpMessageInvoker(lane))];
    private uint _turn;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // The transport repeats a request by itself when a reused connection turns out closed, unless it has begun to send a body. An empty
        // body makes it keep its hands off requests that must not run twice.
        if (request.Content is null && (request.Method == HttpMethod.Post || request.Method == HttpMethod.Patch))
            request.Content = new ByteArrayContent([]);
        var lane = _lanes[Interlocked.Increment(ref _turn) % (uint)_lanes.Length];
        return lane.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var lane in _lanes)
                lane.Dispose();
        }

        base.Dispose(disposing);
    }
}
