using Aspire.Hosting.Dashboard.Protos;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>A dashboard that goes away without a word, as a closed browser or a killed process does.</summary>
public sealed class DisconnectTests : IAsyncDisposable
{
    private const int Rounds = 20;
    private const int LimitInMilliseconds = 60_000;

    private readonly RecordedLog _log = new();
    private readonly ILoggerFactory _factory;
    private readonly ApplicationFeed _feed;

    public DisconnectTests()
    {
        _factory = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Debug).AddProvider(_log));
        _feed = new ApplicationFeed(_factory);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync();
        _factory.Dispose();
        _log.Dispose();
    }

    [Theory(Timeout = LimitInMilliseconds)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WatchResources_ClientGone_EndsQuietlyAndLetsGo(bool whileChanging)
    {
        var box = new TestResource("box");
        await _feed.PublishAsync(box, "Running");
        for (var round = 1; round <= Rounds; round++)
        {
            using (var client = await _feed.ConnectAsync(Cancellation))
            {
                await using var updates = client.StreamAsync("WatchResources", new WatchResourcesRequest(), WatchResourcesUpdate.Parser, Cancellation)
                    .GetAsyncEnumerator(Cancellation);
                Assert.True(await updates.MoveNextAsync());
                Assert.Equal(1, _feed.Notifications.Watchers);
            }

            var ended = EndedAsync("WatchResources", round);
            for (var change = 0; whileChanging && !ended.IsCompleted; change++)
            {
                await _feed.PublishAsync(box, $"State {change}");
                await Task.Yield();
            }

            await ended;
            Assert.Equal(0, _feed.Notifications.Watchers);
        }

        AssertQuiet();
    }

    [Theory(Timeout = LimitInMilliseconds)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConsoleLogs_ClientGone_EndsQuietlyAndLetsGo(bool whileWriting)
    {
        _feed.Loggers.AddLine("box", "first", isError: false);
        for (var round = 1; round <= Rounds; round++)
        {
            using (var client = await _feed.ConnectAsync(Cancellation))
            {
                var request = new WatchResourceConsoleLogsRequest { ResourceName = "box" };
                await using var updates = client.StreamAsync("WatchResourceConsoleLogs", request, WatchResourceConsoleLogsUpdate.Parser, Cancellation)
                    .GetAsyncEnumerator(Cancellation);
                Assert.True(await updates.MoveNextAsync());
                Assert.True(_feed.Loggers.HasSubscribers("box"));
            }

            var ended = EndedAsync("WatchResourceConsoleLogs", round);
            while (whileWriting && !ended.IsCompleted)
            {
                _feed.Loggers.AddLine("box", "more", isError: false);
                await Task.Yield();
            }

            await ended;
            Assert.False(_feed.Loggers.HasSubscribers("box"));
        }

        AssertQuiet();
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Interactions_ClientGone_EndsQuietlyAndLetsGo()
    {
        for (var round = 1; round <= Rounds; round++)
        {
            using (var client = await _feed.ConnectAsync(Cancellation))
            {
                await using var call = await DuplexCall<WatchInteractionsRequestUpdate, WatchInteractionsResponseUpdate>.OpenAsync(
                    client, "WatchInteractions", WatchInteractionsResponseUpdate.Parser, Cancellation);
                var asking = _feed.Interactions.PromptNotificationAsync("title", "message", cancellationToken: Cancellation);
                var question = await call.ReadAsync(Cancellation);
                Assert.Equal(1, _feed.Interactions.Watchers);
                call.Send(new() { InteractionId = question.InteractionId, Notification = new InteractionNotification { Result = true } });
                Assert.True((await asking).Data);
            }

            await EndedAsync("WatchInteractions", round);
            Assert.Equal(0, _feed.Interactions.Watchers);
        }

        AssertQuiet();
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task WatchResources_AfterTheApplication_IsRefusedQuietly()
    {
        using var client = await _feed.ConnectAsync(Cancellation);
        _feed.Notifications.Dispose();

        using var response = await client.SendAsync("WatchResources", new ByteArrayContent(GrpcClient.Frame(new WatchResourcesRequest())), Cancellation);
        await response.Content.ReadAsByteArrayAsync(Cancellation);

        await EndedAsync("WatchResources", 1);
        Assert.Equal("14", GrpcClient.StatusOf(response));
        AssertQuiet();
    }

    private Task EndedAsync(string method, int times) => _log.WaitForAsync($"gRPC method /aspire.v1.DashboardService/{method} ended", times, Cancellation);

    private void AssertQuiet() => Assert.DoesNotContain(_log.Entries, e =>
        e.Contains($"|{LogLevel.Error}|", StringComparison.Ordinal) || e.Contains($"|{LogLevel.Critical}|", StringComparison.Ordinal));
}
