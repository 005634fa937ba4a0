using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>Names of the orchestrator's objects: unique on the machine where they live for one run, stable where they outlive it.</summary>
internal sealed class ResourceNames(IConfiguration configuration)
{
    private const int SuffixLength = 8;

    /// <summary>Lower-case letters that are not mistaken for digits.</summary>
    private const string SuffixLetters = "abcdefghjkmnpqrstuvwxyz";

    private readonly HashSet<string> _serviceNames = new(StringComparer.Ordinal);

    public static bool IsPersistent(IResource resource) =>
        resource.TryGetLastAnnotation<ContainerLifetimeAnnotation>(out var lifetime) && lifetime.Lifetime == ContainerLifetime.Persistent;

    /// <summary>Decides the names of all replicas, once; nothing for resources that the orchestrator doesn't run.</summary>
    public void EnsureInstances(IResource resource)
    {
        if (resource.HasAnnotationOfType<DcpInstancesAnnotation>() || !AppResource.TryGetKind(resource, out var kind))
        {
            return;
        }

        var count = kind == AppResourceKind.Project ? resource.GetReplicaCount() : 1;
        resource.Annotations.Add(new DcpInstancesAnnotation(Enumerable.Range(0, count).Select(i => Instance(resource, i))));
    }

    /// <summary>The resource's own name when it has one endpoint, else with the endpoint's name.</summary>
    public string ServiceName(IResource resource, EndpointAnnotation endpoint)
    {
        var candidate = ObjectName(resource, resource.Annotations.OfType<EndpointAnnotation>().Count() > 1 ? endpoint.Name : null);
        var name = candidate;
        for (var i = 1; !_serviceNames.Add(name); i++)
        {
            name = $"{candidate}-{i.ToInvariant()}";
        }

        return name;
    }

    public static string RandomSuffix() => RandomNumberGenerator.GetString(SuffixLetters, SuffixLength);

    public string ProjectSuffix() => configuration["AppHost:Sha256"]![..SuffixLength].ToLowerInvariant();

    private DcpInstance Instance(IResource resource, int index)
    {
        var suffix = IsPersistent(resource) ? ProjectSuffix() : RandomSuffix();
        return new DcpInstance(ObjectName(resource, suffix), suffix, index);
    }

    private string ObjectName(IResource resource, string? suffix)
    {
        if (resource.TryGetLastAnnotation<ContainerNameAnnotation>(out var container))
        {
            return container.Name;
        }

        var global = configuration["DcpPublisher:ResourceNameSuffix"];
        return string.Join('-', new[] { resource.Name, suffix, global }.Where(part => !string.IsNullOrWhiteSpace(part)));
    }
}
