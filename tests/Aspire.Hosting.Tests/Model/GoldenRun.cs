using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Tests.Golden;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Tests.Model;

/// <summary>Gives the endpoints of a model the addresses of a recorded run, so that its environment can be compared with the recording.</summary>
internal sealed class GoldenRun(IDistributedApplicationBuilder builder, string program)
{
    private const int FirstFakePort = 40_000;

    private readonly Dictionary<int, string> _masks = [];

    public static IDistributedApplicationBuilder Builder(string program)
    {
        var builder = TestModel.Run(Path.Combine(GoldenData.Folder!, program));
        builder.Services.AddSingleton<IDashboardEndpointProvider>(new RecordedDashboard());
        return builder;
    }

    /// <summary>Compares environment and arguments of every resource that was recorded and is in the model.</summary>
    /// <param name="generated">Names of variables whose values are random.</param>
    public async Task AssertMatchesAsync(params string[] generated)
    {
        await using var application = builder.Build();
        foreach (var owner in builder.Resources.OfType<IResourceWithEndpoints>())
        {
            Allocate(owner);
        }

        var compared = 0;
        foreach (var resource in builder.Resources.Where(r => File.Exists(RecordingOf(r))))
        {
            using var recorded = JsonDocument.Parse(await File.ReadAllTextAsync(RecordingOf(resource), TestContext.Current.CancellationToken));
            var expected = recorded.RootElement.GetProperty("specEnv").EnumerateArray().Select(p => (Name: p[0].GetString()!, Value: p[1].GetString())).ToArray();
            var actual = new List<(string Name, string? Value)>();
            foreach (var (name, value) in await TestModel.EnvironmentOf(builder, resource))
            {
                var isRandom = generated.Contains(name);
                actual.Add((name, isRandom ? expected.First(e => e.Name == name).Value : await ResolveAsync(resource, value)));
            }

            Assert.Equal(expected.Select(e => $"{resource.Name}: {e.Name}={e.Value}"), actual.Select(a => $"{resource.Name}: {a.Name}={a.Value}"));
            await AssertArgumentsMatchAsync(resource, recorded.RootElement);
            compared++;
        }

        Assert.NotEqual(0, compared);
    }

    /// <summary>A project's own arguments end the orchestrator's; the rest of that line is not decided by the model.</summary>
    private async Task AssertArgumentsMatchAsync(IResource resource, JsonElement recorded)
    {
        var expected = recorded.GetProperty("specArgs") is { ValueKind: JsonValueKind.Array } array
            ? array.EnumerateArray().Select(a => a.GetString()).ToArray()
            : [];
        var actual = new List<string?>();
        foreach (var argument in await TestModel.ArgumentsOf(resource))
        {
            actual.Add(await ResolveAsync(resource, argument));
        }

        Assert.Equal(resource is ProjectResource ? expected[^actual.Count..] : expected, actual);
    }

    private string RecordingOf(IResource resource)
    {
        var folder = Path.Combine(GoldenData.Folder!, program, "env");
        return Path.Combine(folder, resource.GetReplicaCount() > 1 ? $"{resource.Name}.0.json" : $"{resource.Name}.json");
    }

    private async Task<string?> ResolveAsync(IResource caller, object value)
    {
        var text = value is IValueProvider provider
            ? await provider.GetValueAsync(new ValueProviderContext { Caller = caller, ExecutionContext = builder.ExecutionContext }, TestContext.Current.CancellationToken)
            : value.ToString();
        return _masks.Aggregate(text, (masked, mask) => masked?.Replace(mask.Key.ToString(System.Globalization.CultureInfo.InvariantCulture), mask.Value, StringComparison.Ordinal));
    }

    private void Allocate(IResourceWithEndpoints owner)
    {
        var endpoints = owner.Annotations.OfType<EndpointAnnotation>().ToArray();
        foreach (var endpoint in endpoints)
        {
            var service = endpoints.Length == 1 ? owner.Name : $"{owner.Name}-{endpoint.Name}";
            var port = endpoint.Port ?? Mask(service);
            var target = endpoint.TargetPort?.ToInvariant() ?? $$$"""{{- portForServing "{{{service}}}" -}}""";
            var host = endpoint.TargetHost == "127.0.0.1" ? "127.0.0.1" : "localhost";
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, host, port, targetPortExpression: target);
            var network = KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
            endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(network, owner.IsContainer()
                ? new AllocatedEndpoint(endpoint, $"{owner.Name}.dev.internal", endpoint.TargetPort!.Value, targetPortExpression: target, networkID: network)
                : new AllocatedEndpoint(endpoint, HostUrl.ContainerHostName, port, targetPortExpression: target, networkID: network));
        }
    }

    private int Mask(string service)
    {
        var port = FirstFakePort + _masks.Count;
        _masks.Add(port, $"PORT.{service}");
        return port;
    }

    private sealed class RecordedDashboard : IDashboardEndpointProvider
    {
        public IValueProvider OtlpGrpc { get; } = new HostUrl("http://127.0.0.1:18889");

        public IValueProvider? OtlpHttp => null;

        public string OtlpApiKey => "SECRET.otlp-api-key";
    }
}
