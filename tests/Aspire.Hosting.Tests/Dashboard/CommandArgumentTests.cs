using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Protos;
using Google.Protobuf.WellKnownTypes;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>What a command asks for, and what reaches it, over the resource service.</summary>
public sealed class CommandArgumentTests : IAsyncDisposable
{
    private const int LimitInMilliseconds = 60_000;

    private readonly ApplicationFeed _feed = new();
    private readonly List<string> _runs = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _feed.DisposeAsync();

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Arguments_AreSentWithTheResource()
    {
        await PublishAsync();
        using var client = await _feed.ConnectAsync(Cancellation);
        await using var updates = client.StreamAsync("WatchResources", new WatchResourcesRequest(), WatchResourcesUpdate.Parser, Cancellation)
            .GetAsyncEnumerator(Cancellation);
        Assert.True(await updates.MoveNextAsync());

        var inputs = Assert.Single(Assert.Single(updates.Current.InitialData.Resources).Commands).ArgumentInputs;
        Assert.Equal(
            ["count|How many|Number|True|3|False", "mode|mode|Choice|False|fast|False", "locked|locked|Text|False||True"],
            inputs.Select(i => $"{i.Name}|{i.Label}|{i.InputType}|{i.Required}|{i.Value}|{i.Disabled}"));
        Assert.Equal("fast=Fast slow=Slow", string.Join(' ', inputs[1].Options.OrderBy(o => o.Key).Select(o => $"{o.Key}={o.Value}")));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Values_ReachTheCommand()
    {
        await PublishAsync();

        var answer = await ExecuteAsync(("count", Value.ForNumber(2)), ("MODE", Value.ForString("slow")));

        Assert.Equal((ResourceCommandResponseKind.Succeeded, "count=2 mode=slow locked="), (answer.Kind, answer.Message));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task ValuesOfTheAppHostsOwnCode_ReachTheCommand()
    {
        var resource = await PublishAsync();
        var given = new InteractionInputCollection([new() { Name = "mode", InputType = InputType.Text, Value = "slow" }, new() { Name = "other", InputType = InputType.Text }]);

        var byName = await _feed.Commands.ExecuteCommandAsync("box", "work", given, Cancellation);
        var byResource = await _feed.Commands.ExecuteCommandAsync(resource, "work", given, Cancellation);
        var withoutAny = await _feed.Commands.ExecuteCommandAsync(resource, "work", Cancellation);

        Assert.Equal(["count=3 mode=slow locked=", "count=3 mode=slow locked=", "count=3 mode=fast locked="], _runs);
        Assert.True(byName.Success && byResource.Success && withoutAny.Success);
    }

    [Theory(Timeout = LimitInMilliseconds)]
    [InlineData("count", "many", "count: Value must be a valid number.")]
    [InlineData("count", "", "count: Value is required.")]
    [InlineData("mode", "warp", "mode: Value must be one of the provided options.")]
    [InlineData("count", "13", "count: Not thirteen.")]
    public async Task ValueThatIsNotAcceptable_StopsTheCommand(string name, string value, string error)
    {
        await PublishAsync();

        var answer = await ExecuteAsync((name, Value.ForString(value)));

        Assert.Equal(ResourceCommandResponseKind.InvalidArguments, answer.Kind);
        Assert.EndsWith(error, answer.Message, StringComparison.Ordinal);
        Assert.Empty(_runs);
    }

    [Theory(Timeout = LimitInMilliseconds)]
    [InlineData("nope", "Unknown argument 'nope' for command 'work'.")]
    [InlineData("locked", "Argument 'locked' for command 'work' is disabled.")]
    public async Task ValueForNoArgument_StopsTheCommand(string name, string message)
    {
        await PublishAsync();

        var answer = await ExecuteAsync((name, Value.ForString("x")));

        Assert.Equal((ResourceCommandResponseKind.Failed, message), (answer.Kind, answer.Message));
        Assert.Empty(_runs);
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task ValueOfAnotherKind_IsRefused()
    {
        await PublishAsync();
        using var client = await _feed.ConnectAsync(Cancellation);
        var request = new ResourceCommandRequest { ResourceName = "box", CommandName = "work", Arguments = { ["count"] = Value.ForList(Value.ForNumber(1)) } };

        using var response = await client.SendAsync("ExecuteResourceCommand", new ByteArrayContent(GrpcClient.Frame(request)), Cancellation);

        Assert.Equal("3", GrpcClient.StatusOf(response));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task CommandWithoutValues_AsksTheDashboardForThem()
    {
        await PublishAsync();
        using var client = await _feed.ConnectAsync(Cancellation);
        await using var dashboard = await DuplexCall<WatchInteractionsRequestUpdate, WatchInteractionsResponseUpdate>.OpenAsync(
            client, "WatchInteractions", WatchInteractionsResponseUpdate.Parser, Cancellation);

        var running = ExecuteAsync();
        var question = await dashboard.ReadAsync(Cancellation);
        dashboard.Send(InteractionTests.Entered(question, ("count", "7")));
        var answer = await running;
        var dismissed = ExecuteAsync();
        await dashboard.ReadAsync(Cancellation);
        dashboard.Send(new() { InteractionId = (await dashboard.ReadAsync(Cancellation)).InteractionId, Complete = new InteractionComplete() });

        Assert.Equal(("Work", "Work"), (question.Title, question.PrimaryButtonText));
        Assert.Equal("count=7 mode=fast locked=", answer.Message);
        Assert.Equal(ResourceCommandResponseKind.Cancelled, (await dismissed).Kind);
        Assert.Single(_runs);
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task CommandOfACallerThatCannotAnswer_IsNotAsked()
    {
        var resource = await PublishAsync();
        var available = true;
        resource.Annotations.Add(new ResourceCommandAnnotation(
            "look",
            "Look",
            _ => Hosting.ApplicationModel.ResourceCommandState.Enabled,
            async context =>
            {
                await Task.Yield();
                available = _feed.Interactions.IsAvailable;
                return CommandResults.Success();
            },
            null,
            arguments: null,
            null,
            null,
            null,
            isHighlighted: false));
        using var client = await _feed.ConnectAsync(Cancellation);
        var request = new ResourceCommandRequest { ResourceName = "box", CommandName = "look", NonInteractive = true };

        var answer = await client.UnaryAsync("ExecuteResourceCommand", request, ResourceCommandResponse.Parser, Cancellation);
        var seen = available;
        request.NonInteractive = false;
        await client.UnaryAsync("ExecuteResourceCommand", request, ResourceCommandResponse.Parser, Cancellation);

        Assert.Equal(ResourceCommandResponseKind.Succeeded, answer.Kind);
        Assert.Equal((false, true), (seen, available));
        Assert.True(_feed.Interactions.IsAvailable);
    }

    private async Task<TestResource> PublishAsync()
    {
        var resource = new TestResource("box");
        var builder = DistributedApplication.CreateBuilder([]).CreateResourceBuilder(resource);
        builder.WithCommand("work", "Work", Work, new CommandOptions
        {
            Arguments =
            [
                new InteractionInput { Name = "count", Label = "How many", InputType = InputType.Number, Required = true, Value = "3" },
                new InteractionInput { Name = "mode", InputType = InputType.Choice, Value = "fast", Options = [new("fast", "Fast"), new("slow", "Slow")] },
                new InteractionInput { Name = "locked", InputType = InputType.Text, Disabled = true },
            ],
            ValidateArguments = context =>
            {
                if (context.Inputs.GetInt32("count") == 13)
                {
                    context.AddValidationError("count", "Not thirteen.");
                }

                return Task.CompletedTask;
            },
        });
        await _feed.PublishAsync(resource, "Running");
        return resource;
    }

    private Task<ExecuteCommandResult> Work(ExecuteCommandContext context)
    {
        _runs.Add(string.Join(' ', context.Arguments.Select(a => $"{a.Name}={a.Value}")));
        return Task.FromResult(CommandResults.Success(_runs[^1]));
    }

    private async Task<ResourceCommandResponse> ExecuteAsync(params (string Name, Value Value)[] arguments)
    {
        using var client = await _feed.ConnectAsync(Cancellation);
        var request = new ResourceCommandRequest { ResourceName = "box", ResourceType = "TestResource", CommandName = "work" };
        foreach (var (name, value) in arguments)
        {
            request.Arguments[name] = value;
        }

        return await client.UnaryAsync("ExecuteResourceCommand", request, ResourceCommandResponse.Parser, Cancellation);
    }
}
