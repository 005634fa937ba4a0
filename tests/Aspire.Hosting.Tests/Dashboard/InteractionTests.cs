using Aspire.Hosting.Dashboard.Protos;
using Aspire.Hosting.Interactions;
using Aspire.Hosting.Tests.Model;
using Microsoft.Extensions.DependencyInjection;
using Question = Aspire.Hosting.Dashboard.Protos.WatchInteractionsResponseUpdate;
using Reply = Aspire.Hosting.Dashboard.Protos.WatchInteractionsRequestUpdate;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>Questions of the AppHost, seen and answered by a client on the dashboard's own stream.</summary>
public sealed class InteractionTests : IAsyncDisposable
{
    private const int LimitInMilliseconds = 60_000;

    private readonly ApplicationFeed _feed = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private InteractionService Service => _feed.Interactions;

    public ValueTask DisposeAsync() => _feed.DisposeAsync();

    [Theory(Timeout = LimitInMilliseconds)]
    [InlineData(true, false, true)]
    [InlineData(false, false, false)]
    [InlineData(null, true, false)]
    public async Task Confirmation_IsAnsweredByItsButtons(bool? button, bool canceled, bool data)
    {
        await using var dashboard = await OpenAsync();

        var asking = Service.PromptConfirmationAsync("Sure?", "**Really**", new() { PrimaryButtonText = "Do it", EnableMessageMarkdown = true }, Cancellation);
        var question = await dashboard.ReadAsync(Cancellation);
        var reply = new Reply { InteractionId = question.InteractionId, MessageBox = new InteractionMessageBox() };
        if (button is { } value)
        {
            reply.MessageBox.Result = value;
        }

        dashboard.Send(reply);
        var end = await dashboard.ReadAsync(Cancellation);
        var result = await asking;

        Assert.Equal(("Sure?", "**Really**", "Do it", true, false, true), (question.Title, question.Message, question.PrimaryButtonText, question.ShowSecondaryButton, question.ShowDismiss, question.EnableMessageMarkdown));
        Assert.Equal(Hosting.Dashboard.Protos.MessageIntent.Confirmation, question.MessageBox.Intent);
        Assert.Equal((question.InteractionId, Question.KindOneofCase.Complete), (end.InteractionId, end.KindCase));
        Assert.Equal((canceled, data), (result.Canceled, result.Data));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task MessageBox_HasOneButtonAndItsIntent()
    {
        await using var dashboard = await OpenAsync();

        var asking = Service.PromptMessageBoxAsync("Note", "text", new() { Intent = MessageIntent.Success }, Cancellation);
        var question = await dashboard.ReadAsync(Cancellation);
        dashboard.Send(new Reply { InteractionId = question.InteractionId, MessageBox = new InteractionMessageBox { Result = true } });

        Assert.True((await asking).Data);
        Assert.Equal((false, false), (question.ShowSecondaryButton, question.ShowDismiss));
        Assert.Equal(Hosting.Dashboard.Protos.MessageIntent.Success, question.MessageBox.Intent);
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Notification_CarriesItsLinkAndIsAnswered()
    {
        await using var dashboard = await OpenAsync();

        var asking = Service.PromptNotificationAsync("New", "text", new() { Intent = MessageIntent.Information, LinkText = "more", LinkUrl = "https://example.org" }, Cancellation);
        var question = await dashboard.ReadAsync(Cancellation);
        dashboard.Send(new Reply { InteractionId = question.InteractionId, Notification = new InteractionNotification { Result = true } });

        Assert.True((await asking).Data);
        Assert.Equal(("more", "https://example.org", true), (question.Notification.LinkText, question.Notification.LinkUrl, question.ShowDismiss));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Dialog_StaysOpenUntilItsInputsAreAcceptable()
    {
        await using var dashboard = await OpenAsync();
        InteractionInput[] inputs =
        [
            new() { Name = "name", InputType = InputType.Text, Required = true, MaxLength = 5 },
            new() { Name = "size", InputType = InputType.Number },
            new() { Name = "kind", InputType = InputType.Choice, Options = [new("a", "First"), new("b", "Second")], Value = "a" },
            new() { Name = "sure", InputType = InputType.Boolean },
            new() { Name = "fixed", InputType = InputType.Text, Value = "stays", Disabled = true },
        ];
        var asking = Service.PromptInputsAsync("Enter", null, inputs, new()
        {
            ValidationCallback = context =>
            {
                if (context.Inputs["name"].Value == "bad")
                {
                    context.AddValidationError("name", "Not this one.");
                }

                return Task.CompletedTask;
            },
        }, Cancellation);
        var question = await dashboard.ReadAsync(Cancellation);

        dashboard.Send(Entered(question, ("name", ""), ("size", "many"), ("kind", "c"), ("sure", "")));
        var first = await dashboard.ReadAsync(Cancellation);
        dashboard.Send(Entered(question, ("name", "bad"), ("size", "1.5"), ("kind", "b"), ("sure", "true"), ("fixed", "changed")));
        var second = await dashboard.ReadAsync(Cancellation);
        dashboard.Send(Entered(question, ("name", " good "), ("size", "1.5"), ("kind", "b"), ("sure", "true")));
        var end = await dashboard.ReadAsync(Cancellation);
        var result = await asking;

        Assert.Equal(["name:", "size:", "kind:a", "sure:", "fixed:stays"], question.InputsDialog.InputItems.Select(i => $"{i.Name}:{i.Value}"));
        Assert.Equal(["a=First", "b=Second"], question.InputsDialog.InputItems[2].Options.OrderBy(o => o.Key).Select(o => $"{o.Key}={o.Value}"));
        Assert.Equal(
            ["name:Value is required.", "size:Value must be a valid number.", "kind:Value must be one of the provided options."],
            Errors(first));
        Assert.Equal(["name:Not this one."], Errors(second));
        Assert.Equal(Question.KindOneofCase.Complete, end.KindCase);
        Assert.Equal(["good", "1.5", "b", "true", "stays"], result.Data!.Select(i => i.Value));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Dialog_LoadsWhatDependsOnAChangedInput()
    {
        await using var dashboard = await OpenAsync();
        InteractionInput[] inputs =
        [
            new() { Name = "country", InputType = InputType.Text },
            new()
            {
                Name = "town",
                InputType = InputType.Choice,
                DynamicLoading = new()
                {
                    DependsOnInputs = ["country"],
                    LoadCallback = context =>
                    {
                        var country = context.AllInputs["country"].Value;
                        context.Input.Options = [new($"{country}-1", "One")];
                        return Task.CompletedTask;
                    },
                },
            },
        ];
        var asking = Service.PromptInputsAsync("Where", "m", inputs, cancellationToken: Cancellation);
        var question = await dashboard.ReadAsync(Cancellation);
        Assert.Equal([true, false], question.InputsDialog.InputItems.Select(i => i.UpdateStateOnChange));

        var change = Entered(question, ("country", "xy"));
        change.ResponseUpdate = true;
        dashboard.Send(change);
        var loaded = await dashboard.ReadAsync(Cancellation);
        while (loaded.InputsDialog.InputItems[1].Loading || loaded.InputsDialog.InputItems[1].Options.Count == 0)
        {
            loaded = await dashboard.ReadAsync(Cancellation);
        }

        dashboard.Send(Entered(question, ("country", "xy"), ("town", "xy-1")));

        Assert.Equal("xy-1", Assert.Single(loaded.InputsDialog.InputItems[1].Options).Key);
        Assert.Equal("xy-1", (await asking).Data!["town"].Value);
    }

    [Fact]
    public async Task Dialog_InputBeforeWhatItDependsOn_IsRefused()
    {
        var early = new InteractionInput
        {
            Name = "early",
            InputType = InputType.Text,
            DynamicLoading = new() { LoadCallback = _ => Task.CompletedTask, DependsOnInputs = ["late"] },
        };

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Service.PromptInputsAsync("t", null, [early, new() { Name = "late", InputType = InputType.Text }], cancellationToken: Cancellation));

        Assert.Contains("'late'", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Input_AsksForOneRequiredText()
    {
        await using var dashboard = await OpenAsync();

        var asking = Service.PromptInputAsync("t", "m", "Your name", "Ada", cancellationToken: Cancellation);
        var question = await dashboard.ReadAsync(Cancellation);
        var item = Assert.Single(question.InputsDialog.InputItems);
        dashboard.Send(Entered(question, (item.Name, "Grace")));

        Assert.Equal("Grace", (await asking).Data!.Value);
        Assert.Equal(("Your name", "Ada", true), (item.Label, item.Placeholder, item.Required));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Question_TakenBack_EndsAtTheDashboard()
    {
        await using var dashboard = await OpenAsync();
        using var takenBack = new CancellationTokenSource();

        var asking = Service.PromptNotificationAsync("t", "m", cancellationToken: takenBack.Token);
        var question = await dashboard.ReadAsync(Cancellation);
        await takenBack.CancelAsync();
        var end = await dashboard.ReadAsync(Cancellation);

        Assert.True((await asking).Canceled);
        Assert.Equal((question.InteractionId, Question.KindOneofCase.Complete), (end.InteractionId, end.KindCase));
    }

    [Fact(Timeout = LimitInMilliseconds)]
    public async Task Question_OfADashboardThatLeft_IsAskedAgainAtTheNextOne()
    {
        Task<InteractionResult<bool>> asking;
        await using (var first = await OpenAsync())
        {
            asking = Service.PromptConfirmationAsync("t", "m", cancellationToken: Cancellation);
            await first.ReadAsync(Cancellation);
        }

        await using var second = await OpenAsync();
        var question = await second.ReadAsync(Cancellation);
        second.Send(new Reply { InteractionId = question.InteractionId + 1, Complete = new InteractionComplete() });
        second.Send(new Reply { InteractionId = question.InteractionId, InputsDialog = new InteractionInputsDialog() });
        second.Send(new Reply { InteractionId = question.InteractionId, MessageBox = new InteractionMessageBox { Result = true } });

        Assert.True((await asking).Data);
        Assert.Equal(Question.KindOneofCase.Complete, (await second.ReadAsync(Cancellation)).KindCase);
        Assert.Equal("0", await second.CompleteAsync(Cancellation));
    }

    [Theory]
    [InlineData(false, null, "without a dashboard")]
    [InlineData(true, "false", "ASPIRE_INTERACTIVITY_ENABLED is false")]
    public async Task Question_ThatNobodyCanAnswer_IsRefusedWithTheReason(bool dashboard, string? enabled, string reason)
    {
        var builder = TestModel.Run(dashboard: dashboard);
        builder.Configuration["ASPIRE_INTERACTIVITY_ENABLED"] = enabled;
        await using var application = builder.Build();
        var service = application.Services.GetRequiredService<IInteractionService>();

        Assert.False(service.IsAvailable);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => service.PromptConfirmationAsync("Sure?", "m", cancellationToken: Cancellation));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    internal static Reply Entered(Question question, params (string Name, string Value)[] values) => new()
    {
        InteractionId = question.InteractionId,
        InputsDialog = new InteractionInputsDialog
        {
            InputItems = { question.InputsDialog.InputItems.Select(i => Item(i, values.FirstOrDefault(v => v.Name == i.Name, (i.Name, i.Value)).Item2)) },
        },
    };

    private static Hosting.Dashboard.Protos.InteractionInput Item(Hosting.Dashboard.Protos.InteractionInput input, string value)
    {
        var item = input.Clone();
        item.Value = value;
        return item;
    }

    private static IEnumerable<string> Errors(Question question) =>
        question.InputsDialog.InputItems.SelectMany(i => i.ValidationErrors.Select(e => $"{i.Name}:{e}"));

    private async Task<DuplexCall<Reply, Question>> OpenAsync() =>
        await DuplexCall<Reply, Question>.OpenAsync(await _feed.ConnectAsync(Cancellation), "WatchInteractions", Question.Parser, Cancellation);
}
