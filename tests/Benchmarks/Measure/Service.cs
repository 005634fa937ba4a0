using System.Diagnostics;
using System.Globalization;
using Slipway.TestKit;

namespace Slipway.Benchmarks.Measure;

/// <summary>A service of the product as a process of its own, built for release and set by its environment as in production.</summary>
internal sealed class Service : IAsyncDisposable
{
    private static readonly TimeSpan s_readyLimit = TimeSpan.FromSeconds(30);

    private readonly string _name;
    private readonly IReadOnlyList<(string Name, string Value)> _settings;
    private ServerProcess? _process;

    private Service(string name, IReadOnlyList<(string, string)> settings)
    {
        (_name, _settings) = (name, settings);
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ServerProcess.FreePort()}"));
    }

    public Uri Address { get; }

    public int ProcessId => _process!.Id;

    /// <summary>From the start of the process to the first readiness that was answered with 200.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    public static async Task<Service> StartAsync(string name, IReadOnlyList<(string, string)> settings, CancellationToken cancellationToken)
    {
        var service = new Service(name, settings);
        await service.StartAsync(cancellationToken);
        return service;
    }

    /// <summary>Starts it on the same port as before.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var assembly = Machine.ServiceAssembly(_name);
        var watch = Stopwatch.StartNew();
        var before = _process;
        _process = await ServerProcess.StartAsync(ServerProcess.NewFolder(_name.ToLowerInvariant()), "Application started", "TERM", prepare: "",
        [
            "env", $"ASPNETCORE_URLS={Address.GetLeftPart(UriPartial.Authority)}", "Logging__LogLevel__Default=Warning", "Logging__LogLevel__Microsoft.Hosting.Lifetime=Information",
            .. _settings.Select(setting => $"{setting.Name}={setting.Value}"), "dotnet", assembly, $"--contentRoot={Path.GetDirectoryName(assembly)}",
        ]);
        await (before?.DisposeAsync() ?? ValueTask.CompletedTask);
        using var client = new HttpClient { BaseAddress = Address };
        while (!await IsReadyAsync(client, cancellationToken))
        {
            if (watch.Elapsed > s_readyLimit)
            {
                throw new InvalidOperationException($"{_name} did not become ready:\n{_process.Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }

        ReadyAfter = watch.Elapsed;
    }

    public Task EndAsync(string signal) => _process!.EndAsync(signal);

    public void Pause() => _process!.Pause();

    public void Resume() => _process!.Resume();

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync("/health/readiness", cancellationToken);
        return answer.IsSuccessStatusCode;
    }
}
