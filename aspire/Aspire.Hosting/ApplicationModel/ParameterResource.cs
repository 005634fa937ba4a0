namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value from outside: configuration, a person, or generated once and kept.</summary>
public class ParameterResource : Resource, IManifestExpressionProvider, IValueProvider
{
    private readonly Lazy<string> _value;
    private string? _configurationKey;

    /// <param name="callback">Gives the value; it receives <see cref="Default"/>.</param>
    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _value = new Lazy<string>(() => callback(Default));
        Secret = secret;
    }

    public bool Secret { get; }

    /// <summary>Whether the value is a whole connection string.</summary>
    public bool IsConnectionString { get; set; }

    /// <summary>Where a value comes from when configuration has none; null: nowhere.</summary>
    public ParameterDefault? Default { get; set; }

    public string? Description { get; internal set; }

    public bool EnableDescriptionMarkdown { get; internal set; }

    public string ValueExpression => $"{{{Name}.{(IsConnectionString ? "connectionString" : "value")}}}";

    /// <exception cref="MissingParameterValueException">Configuration has no value and there is no default.</exception>
    [Obsolete("Use GetValueAsync: a value may still be awaited.")]
    public string Value => ValueInternal;

    /// <summary>Key in configuration.</summary>
    internal string ConfigurationKey
    {
        get => _configurationKey ?? $"{(IsConnectionString ? "ConnectionStrings" : "Parameters")}:{Name}";
        set => _configurationKey = value;
    }

    /// <summary>Completed when the run knows the value; null outside a run: the value is read at once.</summary>
    internal TaskCompletionSource<string>? WaitForValue { get; set; }

    /// <summary>The value as configuration and defaults give it, decided once.</summary>
    internal string ValueInternal => _value.Value;

    /// <exception cref="MissingParameterValueException">There is no value and nobody can be asked.</exception>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) =>
        WaitForValue is { } awaited ? new(Await(awaited, cancellationToken)) : new(ValueInternal);

    private static async Task<string?> Await(TaskCompletionSource<string> awaited, CancellationToken cancellationToken) =>
        await awaited.Task.WaitAsync(cancellationToken);
}

/// <summary>A connection string that configuration holds.</summary>
internal sealed class ConnectionStringParameterResource : ParameterResource, IResourceWithConnectionString
{
    public ConnectionStringParameterResource(string name, Func<ParameterDefault?, string> callback, string? environmentVariable)
        : base(name, callback, secret: true)
    {
        IsConnectionString = true;
        ConnectionStringEnvironmentVariable = environmentVariable;
    }

    public string? ConnectionStringEnvironmentVariable { get; }

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{this}");

    /// <summary>The expression consists of this resource, so the value must not be taken from it again.</summary>
    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) => GetValueAsync(cancellationToken);
}

/// <summary>Where the value of a parameter comes from when configuration has none.</summary>
public abstract class ParameterDefault
{
    public abstract void WriteToManifest(Aspire.Hosting.Publishing.ManifestPublishingContext context);

    public abstract string GetDefaultValue();
}

/// <summary>The manifest shows the container as a connection string that is asked for.</summary>
internal sealed class PublishAsConnectionStringAnnotation : IResourceAnnotation;
