using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Parameters;
using Aspire.Hosting.Tests.Golden;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Tests.Model;

public class ParameterProcessorTests
{
    [Fact]
    public async Task Parameter_WithAValue_RunsAndShowsIt()
    {
        var builder = TestModel.Run(settings: ["--Parameters:p", "value"]);
        var parameter = builder.AddParameter("p", secret: true).Resource;
        await using var application = builder.Build();

        await InitializeAsync(application, parameter);

        var snapshot = Snapshot(application, "p");
        Assert.Equal("Running", snapshot.State?.Text);
        Assert.Equal(["resource.source=Parameters:p", "Value=value"], snapshot.Properties.Select(p => $"{p.Name}={p.Value}"));
        Assert.True(snapshot.Properties[^1] is { IsSensitive: true, IsHighlighted: true, SortOrder: 0, DisplayName: "Value" });
        Assert.Equal("value", await parameter.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Parameter_WithoutAValueAndADashboard_WaitsUntilItIsSet()
    {
        var builder = TestModel.Run();
        var parameter = builder.AddParameter("nope").Resource;
        await using var application = builder.Build();
        await InitializeAsync(application, parameter);
        var waiting = parameter.GetValueAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        Assert.Equal(("ValueMissing", "warning"), (Snapshot(application, "nope").State?.Text, Snapshot(application, "nope").State?.Style));
        Assert.Equal(ResourceCommandState.Hidden, CommandOf(application, "nope", "delete-parameter").State);

        var result = await application.ResourceCommands.ExecuteCommandAsync(
            "nope",
            "set-parameter",
            new InteractionInputCollection([new() { Name = "Value", InputType = InputType.Text, Value = "given" }]),
            TestContext.Current.CancellationToken);

        Assert.True(result.Success);
        Assert.Equal("given", await waiting);
        Assert.Equal("Running", Snapshot(application, "nope").State?.Text);
        Assert.Equal(ResourceCommandState.Enabled, CommandOf(application, "nope", "delete-parameter").State);
    }

    [Fact]
    public async Task Parameter_WithoutAValueAndWithoutADashboard_FailsWhoNeedsIt()
    {
        var builder = TestModel.Run(dashboard: false);
        var parameter = builder.AddParameter("my-key").Resource;
        await using var application = builder.Build();

        await InitializeAsync(application, parameter);

        await Assert.ThrowsAsync<MissingParameterValueException>(() => parameter.GetValueAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Equal("ValueMissing", Snapshot(application, "my-key").State?.Text);
        Assert.Empty(Snapshot(application, "my-key").Commands);
        var lines = await LinesAsync(application, parameter);
        Assert.Contains(lines, l => l.Contains("dotnet user-secrets set \"Parameters:my-key\"", StringComparison.Ordinal) && l.Contains("Parameters__my_key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Parameter_ThatIsDeleted_IsAwaitedAgain()
    {
        var builder = TestModel.Run(settings: ["--Parameters:p", "value"]);
        var parameter = builder.AddParameter("p").Resource;
        await using var application = builder.Build();
        await InitializeAsync(application, parameter);

        await application.ResourceCommands.ExecuteCommandAsync("p", "delete-parameter", TestContext.Current.CancellationToken);

        Assert.Equal("ValueMissing", Snapshot(application, "p").State?.Text);
        Assert.False(parameter.GetValueAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Parameter_WhoseValueThrows_SaysSo()
    {
        var builder = TestModel.Run();
        var parameter = builder.AddParameter("p", () => throw new InvalidOperationException("boom")).Resource;
        await using var application = builder.Build();

        await InitializeAsync(application, parameter);

        Assert.Equal(("Error initializing parameter", "error"), (Snapshot(application, "p").State?.Text, Snapshot(application, "p").State?.Style));
        await Assert.ThrowsAsync<InvalidOperationException>(() => parameter.GetValueAsync(TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task Parameter_WhoseGeneratedValueCannotBeKept_EndsTheStart()
    {
        var builder = TestModel.Run();
        var file = Path.GetTempFileName();
        try
        {
            var store = new UserSecretsStore(Path.Combine(file, "secrets.json"));
            var parameter = builder.AddParameter("p", new UserSecretsParameterDefault(store, "p", new GenerateParameterDefault { MinLength = 22 })).Resource;
            await using var application = builder.Build();

            await Assert.ThrowsAsync<UserSecretsException>(() => InitializeAsync(application, parameter));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>State, shown value, commands and what they ask for, as the official dashboard received them.</summary>
    [Fact]
    public async Task Parameters_LookAsTheOfficialHostShowsThem()
    {
        Assert.SkipWhen(GoldenData.Folder is null, GoldenData.Missing);
        var builder = TestModel.Run(Path.Combine(GoldenData.Folder, "02-parameters"));
        GoldenModels.All["02-parameters"](builder);
        builder.AddConnectionString("maybe");
        await using var application = builder.Build();
        await InitializeAsync(application, [.. builder.Resources.OfType<ParameterResource>()]);

        foreach (var (name, recorded) in Recorded("02-parameters/snapshots.jsonl").Concat(Recorded("05-references/snapshots.jsonl").Where(r => r.Key == "maybe")))
        {
            var snapshot = Snapshot(application, name);
            Assert.Equal(recorded.GetProperty("state").GetString(), snapshot.State?.Text);
            Assert.Equal(recorded.GetProperty("state_style").GetString(), snapshot.State?.Style ?? string.Empty);
            Assert.Equal(Value(recorded, name), (snapshot.Properties[^1].IsSensitive, name.StartsWith("generated", StringComparison.Ordinal) ? null : snapshot.Properties[^1].Value));
            Assert.Equal(RecordedCommands(recorded), snapshot.Commands.Select(c => $"{c.Name}|{c.DisplayName}|{c.DisplayDescription}|{c.IconName}|{c.IsHighlighted}|{c.State}"));
            Assert.Equal(RecordedArguments(recorded), Arguments(builder.Resources.Single(r => r.Name == name)));
        }
    }

    private static (bool IsSensitive, object? Value) Value(JsonElement recorded, string name)
    {
        var value = recorded.GetProperty("properties").EnumerateArray().Last();
        Assert.Equal("Value", value.GetProperty("name").GetString());
        return (value.GetProperty("is_sensitive").GetBoolean(), name.StartsWith("generated", StringComparison.Ordinal) ? null : value.GetProperty("value").GetString());
    }

    private static IEnumerable<string> RecordedCommands(JsonElement recorded) => recorded.GetProperty("commands").EnumerateArray().Select(c =>
        $"{c.GetProperty("name").GetString()}|{c.GetProperty("display_name").GetString()}|{c.GetProperty("display_description").GetString()}|{c.GetProperty("icon_name").GetString()}"
        + $"|{c.GetProperty("is_highlighted").GetBoolean()}|{(c.GetProperty("state").GetString() == "RESOURCE_COMMAND_STATE_ENABLED" ? "Enabled" : "Hidden")}");

    private static IEnumerable<string> RecordedArguments(JsonElement recorded) => recorded.GetProperty("commands").EnumerateArray()
        .SelectMany(c => c.GetProperty("argument_inputs").EnumerateArray()).Select(a =>
            $"{a.GetProperty("name").GetString()}|{a.GetProperty("label").GetString()}|{a.GetProperty("placeholder").GetString()}|{a.GetProperty("description").GetString()}"
            + $"|{a.GetProperty("input_type").GetString()!["INPUT_TYPE_".Length..].Replace("_", string.Empty, StringComparison.Ordinal).ToLowerInvariant()}"
            + $"|{a.GetProperty("required").GetBoolean()}|{a.GetProperty("disabled").GetBoolean()}|{a.GetProperty("enable_description_markdown").GetBoolean()}");

    private static IEnumerable<string> Arguments(IResource resource) => resource.Annotations.OfType<ResourceCommandAnnotation>().SelectMany(c => c.Arguments).Select(a =>
        $"{a.Name}|{a.Label}|{a.Placeholder}|{a.Description}|{a.InputType.ToString().ToLowerInvariant()}|{a.Required}|{a.Disabled}|{a.EnableDescriptionMarkdown}");

    private static Dictionary<string, JsonElement> Recorded(string file) => File.ReadLines(Path.Combine(GoldenData.Folder!, file))
        .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("data"))
        .Where(d => d.ValueKind == JsonValueKind.Object && d.TryGetProperty("resource_type", out var type) && type.GetString() == "Parameter")
        .GroupBy(d => d.GetProperty("name").GetString()!).ToDictionary(g => g.Key, g => g.Last());

    private static Task InitializeAsync(DistributedApplication application, params ParameterResource[] parameters) =>
        application.Services.GetRequiredService<ParameterProcessor>().InitializeParametersAsync(parameters);

    private static CustomResourceSnapshot Snapshot(DistributedApplication application, string name) =>
        application.ResourceNotifications.TryGetCurrentState(name, out var state) ? state.Snapshot : throw new InvalidOperationException($"'{name}' has no state.");

    private static ResourceCommandSnapshot CommandOf(DistributedApplication application, string name, string command) =>
        Snapshot(application, name).Commands.Single(c => c.Name == command);

    private static async Task<List<string>> LinesAsync(DistributedApplication application, IResource resource)
    {
        var lines = new List<string>();
        await foreach (var batch in application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(resource))
        {
            lines.AddRange(batch.Select(l => l.Content));
        }

        return lines;
    }
}
