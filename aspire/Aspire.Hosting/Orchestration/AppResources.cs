using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>Everything that the orchestrator runs in this application; empty until the application starts.</summary>
internal sealed class AppResources
{
    private Dictionary<string, AppInstance> _instances = [];
    private Dictionary<string, AppService> _services = [];

    public IReadOnlyList<AppResource> All { get; private set; } = [];

    public bool HasContainers => All.Any(r => r.Kind == AppResourceKind.Container);

    public void Set(IReadOnlyList<AppResource> resources)
    {
        All = resources;
        _instances = resources.SelectMany(r => r.Instances).ToDictionary(i => i.Name, StringComparer.OrdinalIgnoreCase);
    }

    public void SetServices(IEnumerable<AppService> services) => _services = services.ToDictionary(s => s.ServiceName, StringComparer.Ordinal);

    public bool TryGetInstance(string name, [NotNullWhen(true)] out AppInstance? instance) => _instances.TryGetValue(name, out instance);

    public bool TryGetService(string name, [NotNullWhen(true)] out AppService? service) => _services.TryGetValue(name, out service);

    public AppResource? Find(IResource resource) => All.FirstOrDefault(r => ResourceNotificationService.NamesEqual(r.Name, resource.Name));

    /// <exception cref="InvalidOperationException">There is no such instance, or the orchestrator doesn't run it.</exception>
    public AppInstance Instance(string name) => _instances.TryGetValue(name, out var instance)
        ? instance
        : throw new InvalidOperationException($"Resource '{name}' not found.");
}
