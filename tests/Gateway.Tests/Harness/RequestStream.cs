using System.Collections.Concurrent;

namespace Slipway.Gateway.Tests.Harness;

/// <summary>The client's ledger of one request. Numbers order it against other events of the test.</summary>
/// <param name="Status">Null when the connection to the Gateway broke.</param>
internal sealed record Sent(HttpMethod Method, string Id, long Began, long Ended, int? Status, string? ServedBy, string? Body)
{
    public bool Failed => Status != 200;
}

/// <summary>Sends GET and POST requests without a pause from several tasks and keeps the ledger.</summary>
internal sealed class RequestStream : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Sent> _ledger = new();
    private readonly HttpClient _client;
    private readonly Task[] _senders;
    private long _number;
    private long _begun;

    public RequestStream(HttpClient client, int gets, int posts)
    {
        _client = client;
        _senders = [.. Enumerable.Range(0, gets).Select(_ => Send(HttpMethod.Get)), .. Enumerable.Range(0, posts).Select(_ => Send(HttpMethod.Post))];
    }

    public IReadOnlyCollection<Sent> Ledger => _ledger;

    public long Begun => Interlocked.Read(ref _begun);

    /// <summary>A number for "now", after all events that have one already.</summary>
    public long Now() => Interlocked.Increment(ref _number);

    public Task UntilAnswered(int more)
    {
        var goal = _ledger.Count + more;
        return Wait.Until(() => _ledger.Count >= goal, $"{more} more requests answered");
    }

    /// <summary>Lets the requests under way end.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_senders);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _stop.Dispose();
    }

    private async Task Send(HttpMethod method)
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            Interlocked.Increment(ref _begun);
            var began = Now();
            var id = $"{method}-{began}";
            using var request = new HttpRequestMessage(method, $"/applications/work?id={id}");
            if (method == HttpMethod.Post)
                request.Content = new StringContent("{\"name\":\"shop\"}");
            try
            {
                using var response = await _client.SendAsync(request, CancellationToken.None);
                var body = await response.Content.ReadAsStringAsync(CancellationToken.None);
                var servedBy = response.Headers.TryGetValues("X-Served-By", out var values) ? values.Single() : null;
                _ledger.Enqueue(new Sent(method, id, began, Now(), (int)response.StatusCode, servedBy, body));
            }
            catch (HttpRequestException broken)
            {
                _ledger.Enqueue(new Sent(method, id, began, Now(), null, null, broken.Message));
            }
        }
    }
}
