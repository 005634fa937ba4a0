using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes resources into the manifest; callbacks of resources get it to write what they know themselves.</summary>
/// <remarks>Format: <c>aspire-8.0.json</c>, as azd and aspirate read it. The order of properties is the official writer's.</remarks>
public sealed class ManifestPublishingContext(
    DistributedApplicationExecutionContext executionContext,
    string manifestPath,
    Utf8JsonWriter writer,
    CancellationToken cancellationToken = default)
{
    private readonly PortAllocator _ports = new();
    private readonly ManifestReferences _references = new();

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    /// <summary>Where the manifest will stand; relative to the current folder or absolute.</summary>
    public string ManifestPath { get; } = manifestPath;

    public Utf8JsonWriter Writer { get; } = writer;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The path as the manifest writes it: relative to the manifest's folder, with forward slashes.</summary>
    /// <exception cref="DistributedApplicationException">The manifest's own path has no folder.</exception>
    [return: NotNullIfNotNull(nameof(path))]
    public string? GetManifestRelativePath(string? path)
    {
        if (path is null)
        {
            return null;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(ManifestPath))
            ?? throw new DistributedApplicationException($"The manifest path '{ManifestPath}' has no folder.");
        var native = path.Replace('\\', Path.DirectorySeparatorChar).Replace('/', Path.DirectorySeparatorChar);
        return Path.GetRelativePath(folder, native).Replace('\\', '/');
    }

    /// <summary>Makes sure that the resources behind a value get into the manifest, also when they were never added to the application.</summary>
    public void TryAddDependentResources(object? value) => _references.Add(value);

    /// <summary>Writes <c>connectionString</c> when the resource has one.</summary>
    public void WriteConnectionString(IResource resource)
    {
        if (resource is IResourceWithConnectionString { ConnectionStringExpression: { } expression })
        {
            TryAddDependentResources(expression);
            Writer.WriteString("connectionString", _references.Expression(expression));
        }
    }

    /// <exception cref="DistributedApplicationException">The container has no image.</exception>
    public Task WriteContainerAsync(ContainerResource container) => ContainerWriter.WriteAsync(this, container);

    /// <summary>Writes <c>bindings</c> from the resource's endpoints; nothing when it has none.</summary>
    public void WriteBindings(IResource resource)
    {
        var endpoints = EndpointPorts.Resolve(resource, _ports);
        if (endpoints.Count == 0)
        {
            return;
        }

        Writer.WriteStartObject("bindings");
        foreach (var (endpoint, targetPort, exposedPort) in endpoints)
        {
            Writer.WriteStartObject(endpoint.Name);
            Writer.WriteString("scheme", endpoint.UriScheme);
            Writer.WriteString("protocol", endpoint.Protocol.ToString().ToLowerInvariant());
            Writer.WriteString("transport", endpoint.Transport);
            if (exposedPort is { } port && port != targetPort)
            {
                Writer.WriteNumber("port", port);
            }

            if (targetPort is { } target)
            {
                Writer.WriteNumber("targetPort", target);
            }

            if (endpoint.IsExternal)
            {
                Writer.WriteBoolean("external", true);
            }

            Writer.WriteEndObject();
        }

        Writer.WriteEndObject();
    }

    /// <summary>Writes <c>env</c> from the resource's environment callbacks; nothing when they set nothing.</summary>
    public async Task WriteEnvironmentVariablesAsync(IResource resource)
    {
        if (!resource.TryGetEnvironmentVariables(out var callbacks))
        {
            return;
        }

        var context = new EnvironmentCallbackContext(ExecutionContext, resource, cancellationToken: CancellationToken) { Logger = NullLogger.Instance };
        foreach (var callback in callbacks)
        {
            await callback.Callback(context);
        }

        var values = context.EnvironmentVariables.Where(v => v.Value is not null).ToArray();
        if (values.Length == 0)
        {
            return;
        }

        Writer.WriteStartObject("env");
        foreach (var (name, value) in values)
        {
            Writer.WriteString(name, TextOf(value));
        }

        Writer.WriteEndObject();
    }

    /// <summary>Writes <c>args</c> from the resource's argument callbacks; nothing when they add nothing.</summary>
    public async Task WriteCommandLineArgumentsAsync(IResource resource)
    {
        if (!resource.TryGetAnnotationsOfType<CommandLineArgsCallbackAnnotation>(out var callbacks))
        {
            return;
        }

        var context = new CommandLineArgsCallbackContext([], resource, CancellationToken) { ExecutionContext = ExecutionContext };
        foreach (var callback in callbacks)
        {
            await callback.Callback(context);
        }

        var values = context.Args.Where(v => v is not null).ToArray();
        if (values.Length == 0)
        {
            return;
        }

        Writer.WriteStartArray("args");
        foreach (var value in values)
        {
            Writer.WriteStringValue(TextOf(value));
        }

        Writer.WriteEndArray();
    }

    /// <summary>The whole document: resources of the application, then those that are only referred to, then the helpers of expressions.</summary>
    /// <exception cref="DistributedApplicationException">A resource could not be written; the message names it.</exception>
    internal async Task WriteModelAsync(DistributedApplicationModel model)
    {
        _references.Begin(model);
        Writer.WriteStartObject();
        Writer.WriteStartObject("resources");
        foreach (var resource in model.Resources)
        {
            await WriteNamedAsync(resource);
        }

        foreach (var resource in _references.NotIn(model))
        {
            await WriteNamedAsync(resource);
        }

        _references.WriteRemainingFormatted(Writer);
        await _references.WriteConditionalsAsync(Writer, CancellationToken);
        Writer.WriteEndObject();
        Writer.WriteEndObject();
        await Writer.FlushAsync(CancellationToken);
    }

    /// <summary>Text of a value as the manifest writes it; the resources behind it are remembered.</summary>
    internal string TextOf(object value)
    {
        var plain = value is IResourceBuilder<IResource> builder ? builder.Resource : value;
        var text = plain switch
        {
            string literal => literal,
            ReferenceExpression expression => _references.Expression(expression),
            IManifestExpressionProvider provider => provider.ValueExpression,
            _ => Convert.ToString(plain, CultureInfo.InvariantCulture) ?? string.Empty,
        };
        TryAddDependentResources(plain);
        return text;
    }

    private async Task WriteNamedAsync(IResource resource)
    {
        try
        {
            await WriteResourceAsync(resource);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !CancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"Resource '{resource.Name}' could not be written to the manifest: {exception.Message}", exception);
        }
    }

    private async Task WriteResourceAsync(IResource resource)
    {
        Func<Task> write;
        if (resource.TryGetLastAnnotation<ManifestPublishingCallbackAnnotation>(out var custom))
        {
            if (custom.Callback is not { } callback)
            {
                return;
            }

            write = () => callback(this);
        }
        else
        {
            write = () => WriteByKindAsync(resource);
        }

        Writer.WriteStartObject(resource.Name);
        await write();
        Writer.WriteEndObject();
        if (resource is ParameterResource parameter)
        {
            _references.WriteFormatted(Writer, parameter);
        }
    }

    private Task WriteByKindAsync(IResource resource)
    {
        switch (resource)
        {
            case ContainerResource container:
                return WriteContainerAsync(container);
            case ProjectResource project:
                return WriteProjectAsync(project);
            case ExecutableResource executable:
                return WriteExecutableAsync(executable);
            case ParameterResource parameter:
                WriteParameter(parameter);
                break;
            case IResourceWithConnectionString:
                Writer.WriteString("type", "value.v0");
                WriteConnectionString(resource);
                break;
            default:
                Writer.WriteString("error", "This resource does not support generation in the manifest.");
                break;
        }

        return Task.CompletedTask;
    }

    private async Task WriteProjectAsync(ProjectResource project)
    {
        if (!project.TryGetLastAnnotation<IProjectMetadata>(out var metadata))
        {
            throw new DistributedApplicationException($"Project metadata was not found for resource '{project.Name}'.");
        }

        Writer.WriteString("type", "project.v0");
        Writer.WriteString("path", GetManifestRelativePath(metadata.ProjectPath));
        await WriteCommandLineArgumentsAsync(project);
        await WriteEnvironmentVariablesAsync(project);
        WriteBindings(project);
    }

    private async Task WriteExecutableAsync(ExecutableResource executable)
    {
        Writer.WriteString("type", "executable.v0");
        WriteConnectionString(executable);
        Writer.WriteString("workingDirectory", GetManifestRelativePath(executable.WorkingDirectory));
        Writer.WriteString("command", executable.Command);
        await WriteCommandLineArgumentsAsync(executable);
        await WriteEnvironmentVariablesAsync(executable);
        WriteBindings(executable);
    }

    private void WriteParameter(ParameterResource parameter)
    {
        Writer.WriteString("type", "parameter.v0");
        if (parameter.IsConnectionString)
        {
            Writer.WriteString("connectionString", $"{{{parameter.Name}.value}}");
        }

        Writer.WriteString("value", $"{{{parameter.Name}.inputs.value}}");
        Writer.WriteStartObject("inputs");
        Writer.WriteStartObject("value");
        Writer.WriteString("type", "string");
        if (parameter.Secret)
        {
            Writer.WriteBoolean("secret", true);
        }

        if (parameter.Default is { } @default)
        {
            Writer.WriteStartObject("default");
            @default.WriteToManifest(this);
            Writer.WriteEndObject();
        }

        Writer.WriteEndObject();
        Writer.WriteEndObject();
    }
}
