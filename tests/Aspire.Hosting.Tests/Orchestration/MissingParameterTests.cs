using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Interactions;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>A parameter without a value, asked for as the dashboard would see it, and the resource that waits for it, on the real orchestrator.</summary>
public sealed class MissingParameterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("missing-parameter");

    private string SecretsFile => Path.Combine(_folder.FullName, "secrets.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Value_EnteredAtTheDashboard_StartsWhoWaitsAndIsKept()
    {
        await using var application = Launch(out var interactions, "token", "other");
        using var watch = interactions.Watch();
        var bar = await watch.Changes.ReadAsync(application.Token);
        await application.WaitForStateAsync("token", KnownResourceStates.ValueMissing);

        await interactions.AnswerAsync(bar.Id, new InteractionAnswer.Button(true), application.Token);
        var dialog = await NextOpenAsync(watch, application.Token);
        var inputs = Assert.IsType<InteractionContent.Dialog>(dialog.Content).Inputs;
        await interactions.AnswerAsync(
            dialog.Id,
            new InteractionAnswer.Values(new Dictionary<string, string> { ["token"] = "entered", ["SaveToUserSecrets"] = "true" }, IsChange: false),
            application.Token);
        await application.WaitForStateAsync("user", KnownResourceStates.Running);
        await application.WaitForLogAsync("user", l => l.Content.EndsWith("token=entered", StringComparison.Ordinal));
        var again = await NextOpenAsync(watch, application.Token);
        var set = await application.CommandAsync("other", "set-parameter", ("Value", "by command"));

        // With the last value the bar goes away by itself.
        Assert.Null(await again.Answer.Task.WaitAsync(application.Token));

        Assert.Equal(("Unresolved parameters", MessageIntent.Warning), (bar.Title, Assert.IsType<InteractionContent.Notification>(bar.Content).Intent));
        Assert.Equal(("Set unresolved parameters", "Save"), (dialog.Title, dialog.Options.PrimaryButtonText));
        Assert.Equal(["token", "other", "SaveToUserSecrets"], inputs.Names);
        Assert.Equal([InputType.SecretText, InputType.Text, InputType.Boolean], inputs.Select(i => i.InputType));
        Assert.Equal("entered", JsonDocument.Parse(await File.ReadAllTextAsync(SecretsFile, application.Token)).RootElement.GetProperty("Parameters:token").GetString());
        Assert.True(set.Success);
        Assert.Equal(bar.Title, again.Title);
    }

    [Fact]
    public async Task Bar_Dismissed_ComesBackWhileAValueIsMissing()
    {
        await using var application = Launch(out var interactions, "token");
        using var watch = interactions.Watch();
        var bar = await watch.Changes.ReadAsync(application.Token);

        await interactions.AnswerAsync(bar.Id, new InteractionAnswer.Dismissed(), application.Token);
        var again = await NextOpenAsync(watch, application.Token);
        await interactions.AnswerAsync(again.Id, new InteractionAnswer.Button(true), application.Token);
        var dialog = await NextOpenAsync(watch, application.Token);
        await interactions.AnswerAsync(dialog.Id, new InteractionAnswer.Values(new Dictionary<string, string>(), IsChange: false), application.Token);
        var third = await NextOpenAsync(watch, application.Token);

        Assert.Equal([bar.Title, bar.Title], [again.Title, third.Title]);
        Assert.Equal(3, new[] { bar.Id, again.Id, third.Id }.Distinct().Count());
    }

    private static async Task<Interaction> NextOpenAsync(InteractionWatch watch, CancellationToken cancellationToken)
    {
        var seen = await watch.Changes.ReadAsync(cancellationToken);
        while (seen.IsOver)
        {
            seen = await watch.Changes.ReadAsync(cancellationToken);
        }

        return seen;
    }

    /// <summary>Answers go to the service that the dashboard is served by; the dashboard's own program is not started.</summary>
    private RunningApplication Launch(out InteractionService interactions, params string[] parameters)
    {
        var builder = RunningApplication.Builder(waits: WaitBehavior.WaitOnResourceUnavailable);
        builder.Services.AddSingleton(new UserSecretsStore(SecretsFile));
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<InteractionService>(services, new DistributedApplicationOptions { DisableDashboard = false }));
        var added = parameters.Select((p, i) => builder.AddParameter(p, secret: i == 0)).ToArray();
        builder.AddExecutable("user", "/bin/sh", ".", "-c", "echo token=$TOKEN; exec sleep 600").WithEnvironment("TOKEN", added[0]);
        var application = RunningApplication.Launch(builder);
        interactions = application.Services.GetRequiredService<InteractionService>();
        return application;
    }
}
