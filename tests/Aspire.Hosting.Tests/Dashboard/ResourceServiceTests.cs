using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Protos;

namespace Aspire.Hosting.Tests.Dashboard;

public class ResourceServiceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchResources_SendsEverythingOnceThenChanges()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        var (api, db) = (new TestResource("api"), new TestResource("db"));
        await feed.PublishAsync(api, "Starting", "api-aaaaaaaa");
        await feed.PublishAsync(api, "Starting", "api-bbbbbbbb");
        await feed.PublishAsync(db, "Running");

        await using var updates = client.StreamAsync("WatchResources", new WatchResourcesRequest(), WatchResourcesUpdate.Parser, Cancellation)
            .GetAsyncEnumerator(Cancellation);
        Assert.True(await updates.MoveNextAsync());
        var initial = updates.Current.InitialData.Resources;
        await feed.PublishAsync(api, "Running", "api-bbbbbbbb");
        Assert.True(await updates.MoveNextAsync());

        Assert.Equal(["api-aaaaaaaa", "api-bbbbbbbb", "db"], initial.Select(r => r.Name).Order());
        Assert.All(initial, r => Assert.NotNull(r.CreatedAt));
        var change = Assert.Single(updates.Current.Changes.Value).Upsert;
        Assert.Equal(("api-bbbbbbbb", "api", "Running"), (change.Name, change.DisplayName, change.State));
    }

    [Fact]
    public async Task WatchResources_LeftWhileWaiting_EndsWithoutAnError()
    {
        await using var feed = new ApplicationFeed();
        await feed.PublishAsync(new TestResource("box"), "Running");
        var seen = 0;

        await foreach (var _ in feed.Service.WatchResourcesAsync(Cancellation))
        {
            seen++;
            break;
        }

        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task WatchResources_OfABurst_SendsTheLastStateOfEachInstance()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        var box = new TestResource("box");
        await using var updates = client.StreamAsync("WatchResources", new WatchResourcesRequest(), WatchResourcesUpdate.Parser, Cancellation)
            .GetAsyncEnumerator(Cancellation);
        Assert.True(await updates.MoveNextAsync());
        Assert.Empty(updates.Current.InitialData.Resources);

        for (var i = 0; i < 1000; i++)
        {
            await feed.PublishAsync(box, $"State {i}");
        }

        var batches = 0;
        string? last = null;
        while (last != "State 999" && await updates.MoveNextAsync())
        {
            batches++;
            last = Assert.Single(updates.Current.Changes.Value).Upsert.State;
        }

        Assert.Equal("State 999", last);
        Assert.InRange(batches, 1, 100);
    }

    [Fact]
    public async Task WatchResources_ServesSeveralClients()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        await feed.PublishAsync(new TestResource("box"), "Running");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await foreach (var update in client.StreamAsync("WatchResources", new WatchResourcesRequest(), WatchResourcesUpdate.Parser, Cancellation))
            {
                return update.InitialData.Resources.Single().Name;
            }

            return null;
        }));

        Assert.All(answers, name => Assert.Equal("box", name));
    }

    [Fact]
    public async Task ConsoleLogs_BeginWithTheBacklogAndFollow()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        feed.Loggers.AddLine("box", "2026-01-01T00:00:00.000Z one", isError: false);

        var lines = new List<ConsoleLogLine>();
        await foreach (var update in client.StreamAsync(
            "WatchResourceConsoleLogs",
            new WatchResourceConsoleLogsRequest { ResourceName = "box" },
            WatchResourceConsoleLogsUpdate.Parser,
            Cancellation))
        {
            lines.AddRange(update.LogLines);
            if (lines.Count == 1)
            {
                feed.Loggers.AddLine("box", "two", isError: true);
            }
            else
            {
                break;
            }
        }

        Assert.Equal([(1, "2026-01-01T00:00:00.000Z one", false), (2, "two", true)], lines.Select(l => (l.LineNumber, l.Text, l.IsStdErr)));
    }

    [Fact]
    public async Task ConsoleLogs_WithoutFollow_EndAfterTheBacklog()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        for (var i = 1; i <= 1200; i++)
        {
            feed.Loggers.AddLine("box", $"line {i}", isError: false);
        }

        var messages = new List<int>();
        await foreach (var update in client.StreamAsync(
            "WatchResourceConsoleLogs",
            new WatchResourceConsoleLogsRequest { ResourceName = "box", SuppressFollow = true },
            WatchResourceConsoleLogsUpdate.Parser,
            Cancellation))
        {
            messages.Add(update.LogLines.Count);
        }

        Assert.Equal([500, 500, 200], messages);
    }

    /// <summary>The same calls as the official host was asked, with the same answers (golden 18-commands/commands.jsonl).</summary>
    [Theory]
    [InlineData("ok", nameof(ResourceCommandResponseKind.Succeeded), "")]
    [InlineData("bad", nameof(ResourceCommandResponseKind.Failed), "it failed")]
    [InlineData("throws", nameof(ResourceCommandResponseKind.Failed), "boom")]
    [InlineData("off", nameof(ResourceCommandResponseKind.Succeeded), "")]
    [InlineData("canceled", nameof(ResourceCommandResponseKind.Cancelled), "")]
    [InlineData("start", nameof(ResourceCommandResponseKind.Succeeded), "Successfully started 'api'.")]
    [InlineData("nope", nameof(ResourceCommandResponseKind.Failed), "Command 'nope' not available for resource 'api'.")]
    public async Task Command_AnswersInBothMessageFields(string command, string kind, string message)
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        var api = new TestResource("api");
        Add(api, "ok", _ => CommandResults.Success());
        Add(api, "bad", _ => CommandResults.Failure("it failed"));
        Add(api, "throws", _ => throw new InvalidOperationException("boom"));
        Add(api, "off", _ => CommandResults.Success(), Aspire.Hosting.ApplicationModel.ResourceCommandState.Disabled);
        Add(api, "canceled", _ => CommandResults.Canceled());
        Add(api, "start", c => CommandResults.Success($"Successfully started '{c.ResourceName[..3]}'."));
        await feed.PublishAsync(api, "Running", "api-abcdefgh");

        var answer = await client.UnaryAsync(
            "ExecuteResourceCommand",
            new ResourceCommandRequest { ResourceName = "api-abcdefgh", ResourceType = "Project", CommandName = command },
            ResourceCommandResponse.Parser,
            Cancellation);

        Assert.Equal((kind, message, message), (answer.Kind.ToString(), answer.Message, answer.ErrorMessage));
        Assert.True(answer is { HasMessage: true, HasErrorMessage: true });
    }

    [Fact]
    public async Task Interactions_StayOpenAndSilent()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);

        using var response = await client.SendAsync("WatchInteractions", new EndlessContent(), Cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        var read = body.ReadAsync(new byte[1], Cancellation).AsTask();
        await client.UnaryAsync("GetApplicationInformation", new ApplicationInformationRequest(), ApplicationInformationResponse.Parser, Cancellation);

        Assert.False(read.IsCompleted);
        Assert.Null(GrpcClient.StatusOf(response));
    }

    private static void Add(
        TestResource resource,
        string name,
        Func<ExecuteCommandContext, ExecuteCommandResult> run,
        Aspire.Hosting.ApplicationModel.ResourceCommandState state = Aspire.Hosting.ApplicationModel.ResourceCommandState.Enabled) =>
        resource.Annotations.Add(new ResourceCommandAnnotation(
            name, name, _ => state, c => Task.FromResult(run(c)), null, null, null, null, null, isHighlighted: false));
}
