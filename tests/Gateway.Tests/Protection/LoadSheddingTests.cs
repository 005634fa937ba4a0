using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Gateway.Protection.Load;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Protection;

/// <summary>Before a service that answers only when the test says so.</summary>
public sealed class LoadSheddingTests : IAsyncLifetime
{
    private const string Key = "abc123.secret";

    private LocalBackend _backend = null!;
    private RunningGateway _gateway = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private LoadGate Gate => (LoadGate)_gateway.Services.GetService(typeof(LoadGate))!;

    public async ValueTask InitializeAsync()
    {
        _backend = await LocalBackend.Start();
        _backend.State.Keys[Key] = "key:abc123";
        _gateway = await RunningGateway.Start(
            [_backend.Address],
            // What waits at the service is counted: nothing may be sent twice.
            ("Gateway:Retries:HedgeDelay", "00:00:00"), ("Gateway:Retries:AttemptTimeout", "00:01:00"),
            ("Gateway:Limits:Load:Initial", "10"), ("Gateway:Limits:Load:Min", "10"), ("Gateway:Limits:Load:Max", "10"), ("Gateway:Limits:Load:Queue", "4"),
            ("Gateway:Limits:Load:QueueTime", "00:01:00"), ("Gateway:Limits:Load:CrowdedQueueTime", "00:01:00"),
            ("Gateway:Limits:Routes:0:Name", "control"), ("Gateway:Limits:Routes:0:Path", "/applications/runs"), ("Gateway:Limits:Routes:0:Priority", "Critical"));
        using var known = await SendAsync("/applications/who", Key);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Fact]
    public async Task TheMoreImportantGoFirstAndTheLeastImportantAreRefused()
    {
        var first = await FillAsync();
        var bulk = await QueueAsync("bulk", null, 3);
        var clients = await QueueAsync("client", Key, 1);

        // The queue of four is full. What is not more important is refused, what is takes a place.
        using var refused = await SendAsync("/applications/wait/late", null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        var problem = await refused.Content.ReadFromJsonAsync<JsonObject>(Cancellation);
        Assert.Equal("urn:slipway:problem:gateway:overloaded", problem!["type"]!.GetValue<string>());
        var second = SendAsync("/applications/wait/client-1", Key);
        using var displaced = await bulk[2];
        Assert.Equal(HttpStatusCode.ServiceUnavailable, displaced.StatusCode);
        Assert.Equal(1, Shed("queue-full"));
        Assert.Equal(1, Shed("displaced"));

        // Health and control are answered meanwhile.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_gateway.Client.GetAsync("/health", Cancellation)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_gateway.Client.GetAsync("/applications/runs/none", Cancellation)));

        // One after the other: the clients' requests reach the service before the anonymous ones that came first, who may take eight places only.
        for (var released = 1; released <= 14; released++)
        {
            _backend.State.NextEvent.Release();
            var arrived = 10 + Math.Min(2, released) + Math.Clamp(released - 4, 0, 2);
            await Wait.Until(() => _backend.State.Arrived.Count == arrived, $"{arrived} requests at the service after {released} answers");
        }

        foreach (var answer in (Task<HttpResponseMessage>[])[.. first, bulk[0], bulk[1], .. clients, second])
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(answer));
        Assert.Equal(["client-0", "client-1"], _backend.State.Arrived.Skip(10).Take(2));
        Assert.Equal(["bulk-0", "bulk-1"], _backend.State.Arrived.Skip(12).Order(StringComparer.Ordinal));
        Assert.Equal((0, 0), (Gate.UnderWay, Gate.Queued));
    }

    [Fact]
    public async Task TheFiguresSayHowManyAreUnderWayAndHowManyMayBe()
    {
        var answers = await FillAsync();
        answers.AddRange(await QueueAsync("bulk", null, 2));
        var figures = new Dictionary<string, int>();
        using var listener = new MeterListener();
        var meters = _gateway.Services.GetService(typeof(IMeterFactory));
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.IsObservable && ReferenceEquals(instrument.Meter.Scope, meters))
                own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => figures[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();

        Assert.Equal(
            (10, 10, 2, 1),
            (figures["slipway.gateway.load.limit"], figures["slipway.gateway.load.under_way"], figures["slipway.gateway.load.queued"],
                figures["slipway.gateway.limits.known_clients"]));
        _backend.State.NextEvent.Release(12);
        foreach (var answer in answers)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(answer));
    }

    [Fact]
    public async Task LowLoadIsNeverShed()
    {
        for (var round = 0; round < 50; round++)
        {
            var answers = Enumerable.Range(0, 8).Select(_ => SendAsync("/applications/who", null)).ToList();
            foreach (var answer in answers)
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(answer));
        }

        Assert.Equal(0, _gateway.Counted("slipway.gateway.load.shed"));
    }

    [Fact]
    public async Task StreamsTakeNoPlaceOnceTheyHaveBegun()
    {
        var streams = new List<HttpResponseMessage>();
        for (var i = 0; i < 30; i++)
        {
            var response = await _gateway.Client.GetAsync("/applications/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            streams.Add(response);
        }

        Assert.Equal(0, Gate.UnderWay);
        streams.ForEach(stream => stream.Dispose());
    }

    /// <summary>Known clients take all room.</summary>
    private async Task<List<Task<HttpResponseMessage>>> FillAsync()
    {
        var answers = Enumerable.Range(0, 10).Select(i => SendAsync($"/applications/wait/first-{i}", Key)).ToList();
        await Wait.Until(() => _backend.State.Arrived.Count == 10, "ten requests at the service");
        return answers;
    }

    private async Task<List<Task<HttpResponseMessage>>> QueueAsync(string name, string? key, int count)
    {
        var answers = new List<Task<HttpResponseMessage>>();
        for (var i = 0; i < count; i++)
        {
            var queued = Gate.Queued;
            answers.Add(SendAsync($"/applications/wait/{name}-{i}", key));
            await Wait.Until(() => Gate.Queued == queued + 1, "one more in the queue");
        }

        return answers;
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        return await _gateway.Client.SendAsync(request, Cancellation);
    }

    private static async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        return response.StatusCode;
    }

    private long Shed(string reason) => _gateway.Counted("slipway.gateway.load.shed", ("slipway.reason", reason), ("slipway.priority", "bulk"));
}
