using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Parameters;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Values from outside as resources.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>A password of these classes has 128 bits from this length on.</summary>
    private const int DefaultPasswordLength = 22;

    /// <summary>A value from configuration, key <c>Parameters:{name}</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddParameter(new ParameterResource(name, ReadFrom(builder, $"Parameters:{name}"), secret));
    }

    /// <summary>A value that the AppHost knows.</summary>
    /// <param name="publishValueAsDefault">Whether the manifest carries the value.</param>
    /// <exception cref="ArgumentException">A secret would be published.</exception>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        string value,
        bool publishValueAsDefault = false,
        bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(value);
        return builder.AddParameter(name, () => value, publishValueAsDefault, secret);
    }

    /// <inheritdoc cref="AddParameter(IDistributedApplicationBuilder, string, string, bool, bool)"/>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        Func<string> valueGetter,
        bool publishValueAsDefault = false,
        bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(valueGetter);
        if (publishValueAsDefault && secret)
        {
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        }

        return builder.AddParameter(new ParameterResource(name, given => given?.GetDefaultValue() ?? valueGetter(), secret)
        {
            Default = publishValueAsDefault ? new ConstantParameterDefault(valueGetter) : null,
        });
    }

    /// <summary>A value from configuration that has a default.</summary>
    /// <param name="persist">Whether a run keeps the default in the AppHost's user secrets, so that the next run has the same.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault value,
        bool secret = false,
        bool persist = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(value);
        return builder.AddParameter(new ParameterResource(name, ReadFrom(builder, $"Parameters:{name}"), secret)
        {
            Default = persist ? Persisted(builder, name, value) : value,
        });
    }

    /// <summary>A value from configuration under a key of its own.</summary>
    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(
        this IDistributedApplicationBuilder builder,
        string name,
        string configurationKey,
        bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configurationKey);
        return builder.AddParameter(new ParameterResource(name, ReadFrom(builder, configurationKey), secret) { ConfigurationKey = configurationKey });
    }

    /// <param name="enableMarkdown">Whether the description is Markdown.</param>
    public static IResourceBuilder<ParameterResource> WithDescription(this IResourceBuilder<ParameterResource> builder, string description, bool enableMarkdown = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(description);
        builder.Resource.Description = description;
        builder.Resource.EnableDescriptionMarkdown = enableMarkdown;
        return builder;
    }

    /// <summary>A connection string from configuration, key <c>ConnectionStrings:{name}</c>.</summary>
    /// <param name="environmentVariableName">Variable for those who refer to it; null: <c>ConnectionStrings__{name}</c>.</param>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder,
        string name,
        string? environmentVariableName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.AddParameter(new ConnectionStringParameterResource(
            name,
            _ => builder.Configuration.GetConnectionString(name) ?? throw new MissingParameterValueException(
                $"Connection string parameter resource could not be used because connection string '{name}' is missing."),
            environmentVariableName));
    }

    /// <summary>Publishes the resource as a connection string that is asked for.</summary>
    public static IResourceBuilder<T> PublishAsConnectionString<T>(this IResourceBuilder<T> builder)
        where T : ContainerResource, IResourceWithConnectionString
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new PublishAsConnectionStringAnnotation(), ResourceAnnotationMutationBehavior.Replace);
    }

    /// <summary>A secret of 22 characters that a run keeps in the AppHost's user secrets.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder,
        string name,
        bool lower = true,
        bool upper = true,
        bool numeric = true,
        bool special = true,
        int minLower = 0,
        int minUpper = 0,
        int minNumeric = 0,
        int minSpecial = 0) =>
        CreateGeneratedParameter(builder, name, secret: true, new GenerateParameterDefault
        {
            MinLength = DefaultPasswordLength,
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
            MinLower = minLower,
            MinUpper = minUpper,
            MinNumeric = minNumeric,
            MinSpecial = minSpecial,
        });

    /// <summary>A generated value that a run keeps in the AppHost's user secrets; not part of the model by itself.</summary>
    public static ParameterResource CreateGeneratedParameter(
        IDistributedApplicationBuilder builder,
        string name,
        bool secret,
        GenerateParameterDefault parameterDefault)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(parameterDefault);
        return new ParameterResource(name, ReadFrom(builder, $"Parameters:{name}"), secret) { Default = Persisted(builder, name, parameterDefault) };
    }

    /// <summary>A value from configuration; not part of the model by itself.</summary>
    public static ParameterResource CreateParameter(IDistributedApplicationBuilder builder, string name, bool secret)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return new ParameterResource(name, ReadFrom(builder, $"Parameters:{name}"), secret);
    }

    internal static IResourceBuilder<T> AddParameter<T>(this IDistributedApplicationBuilder builder, T resource)
        where T : ParameterResource =>
        builder.AddResource(resource).WithInitialState(new CustomResourceSnapshot
        {
            ResourceType = KnownResourceTypes.Parameter,
            State = KnownResourceStates.Waiting,
            Properties = [new(KnownProperties.Resource.Source, resource.ConfigurationKey)],
        });

    /// <returns>Null: configuration doesn't have it.</returns>
    /// <remarks>Shells can't set variables with a hyphen, so <c>under_score</c> is found for <c>under-score</c> too.</remarks>
    private static string? Find(ConfigurationManager configuration, string key)
    {
        var value = configuration[key];
        return string.IsNullOrEmpty(value) ? configuration[key.Replace('-', '_')] ?? value : value;
    }

    private static Func<ParameterDefault?, string> ReadFrom(IDistributedApplicationBuilder builder, string key) => given =>
        Find(builder.Configuration, key) ?? given?.GetDefaultValue() ?? throw new MissingParameterValueException(
            $"Parameter resource could not be used because configuration key '{key}' is missing and the Parameter has no default value.");

    /// <summary>A value that can't be kept stops the start: data that is made with it could not be opened by the next run.</summary>
    private static ParameterDefault Persisted(IDistributedApplicationBuilder builder, string name, ParameterDefault value)
    {
        if (!builder.ExecutionContext.IsRunMode)
        {
            return value;
        }

        var persisted = new UserSecretsParameterDefault(UserSecrets.StoreOf(builder.AppHostAssembly), name, value);
        builder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            if (Find(builder.Configuration, $"Parameters:{name}") is null)
            {
                persisted.EnsureCanBeKept();
            }

            return Task.CompletedTask;
        });
        return persisted;
    }
}
