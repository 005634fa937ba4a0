namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value that may not be known yet, such as a port that is still to be allocated.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);

    /// <summary>The value as <paramref name="context"/>'s caller sees it: a container sees other addresses than a process of the host.</summary>
    ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
        GetValueAsync(cancellationToken);
}

/// <summary>Something that the manifest writes as an expression in braces.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

/// <summary>Something that is made up of other values.</summary>
public interface IValueWithReferences
{
    IEnumerable<object> References { get; }
}

/// <summary>For whom a value is resolved.</summary>
public class ValueProviderContext
{
    public DistributedApplicationExecutionContext? ExecutionContext { get; init; }

    /// <summary>The resource that receives the value; null: nobody in particular, host addresses apply.</summary>
    public IResource? Caller { get; init; }

    /// <summary>The network on which the value is used; null: follows from <see cref="Caller"/>.</summary>
    public NetworkIdentifier? Network { get; init; }

    internal NetworkIdentifier GetNetwork() => Network ?? (Caller?.IsContainer() == true
        ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork
        : KnownNetworkIdentifiers.LocalhostNetwork);
}

/// <summary>A network on which endpoints are reached.</summary>
public record struct NetworkIdentifier(string Value)
{
    public readonly override string ToString() => Value;
}

/// <summary>The networks of a local run.</summary>
public static class KnownNetworkIdentifiers
{
    /// <summary>Processes of this machine.</summary>
    public static readonly NetworkIdentifier LocalhostNetwork = new("localhost");

    /// <summary>Containers of this application.</summary>
    public static readonly NetworkIdentifier DefaultAspireContainerNetwork = new("aspire-container-network");

    public static readonly NetworkIdentifier PublicInternet = new(".");
}

/// <summary>A reference to a connection string.</summary>
public class ConnectionStringReference(IResourceWithConnectionString resource, bool optional)
    : IManifestExpressionProvider, IValueProvider, IValueWithReferences
{
    public IResourceWithConnectionString Resource { get; } = resource;

    /// <summary>Whether a missing connection string is left out instead of failing the one that refers to it.</summary>
    public bool Optional { get; } = optional;

    public string? ConnectionName { get; set; }

    string IManifestExpressionProvider.ValueExpression => Resource.ValueExpression;

    IEnumerable<object> IValueWithReferences.References => [Resource];

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) =>
        GetAsync(new ValueProviderContext(), cancellationToken);

    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) =>
        GetAsync(context, cancellationToken);

    private async ValueTask<string?> GetAsync(ValueProviderContext context, CancellationToken cancellationToken)
    {
        string? value;
        try
        {
            value = await ((IValueProvider)Resource).GetValueAsync(context, cancellationToken);
        }
        catch (MissingParameterValueException) when (Optional)
        {
            return null;
        }

        return string.IsNullOrEmpty(value) && !Optional
            ? throw new DistributedApplicationException($"The connection string for the resource '{Resource.Name}' is not available.")
            : value;
    }
}

/// <summary>A value that is set once and awaited by those who need it earlier.</summary>
public sealed class ValueSnapshot<T>
    where T : class
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _latest;

    public bool IsValueSet => _latest is not null;

    internal T? ValueOrDefault => _latest;

    /// <summary>Later calls replace the value for those who ask afterwards.</summary>
    public void SetValue(T value)
    {
        _latest = value;
        _source.TrySetResult(value);
    }

    public void SetException(Exception exception) => _source.TrySetException(exception);

    public async Task<T> GetValueAsync(CancellationToken cancellationToken = default) =>
        _latest ?? await _source.Task.WaitAsync(cancellationToken);
}
