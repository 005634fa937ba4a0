using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Postgres;

namespace Aspire.Hosting;

/// <summary>Adds PostgreSQL servers and databases to an application.</summary>
public static partial class PostgresBuilderExtensions
{
    /// <summary>A server in a container, healthy when it answers a query.</summary>
    /// <param name="userName">Null: <c>postgres</c>.</param>
    /// <param name="password">Null: generated and kept in the user secrets.</param>
    /// <param name="port">Public port; null: chosen at start.</param>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var passwordParameter = password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password");
        var server = new PostgresServerResource(name, userName?.Resource, passwordParameter);
        string? connectionString = null;
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(server, async (_, cancellationToken) =>
            connectionString = await RequiredConnectionStringAsync(server, cancellationToken));
        builder.Eventing.Subscribe<ResourceReadyEvent>(server, (ready, cancellationToken) => PostgresDatabases.CreateAsync(
            connectionString ?? throw new DistributedApplicationException(
                $"ResourceReadyEvent was published for the '{name}' resource but the connection string was null."),
            server,
            builder.Resources.OfType<PostgresDatabaseResource>().Where(d => server.Databases.ContainsKey(d.Name) && ReferenceEquals(d.Parent, server)).ToArray(),
            ready.Services,
            cancellationToken));
        var healthCheck = $"{name}_check";
        PostgresHealthCheck.Register(builder.Services, healthCheck, () => connectionString, database: "postgres");
        return builder.AddResource(server)
            .WithEndpoint(port: port, targetPort: 5432, name: PostgresServerResource.PrimaryEndpointName)
            .WithImage(PostgresContainerImageTags.Image, PostgresContainerImageTags.Tag)
            .WithImageRegistry(PostgresContainerImageTags.Registry)
            .WithIconName("DatabaseMultiple")
            .WithEnvironment("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256")
            .WithEnvironment("POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --auth-local=scram-sha-256")
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["POSTGRES_USER"] = server.UserNameReference;
                context.EnvironmentVariables["POSTGRES_PASSWORD"] = server.PasswordParameter;
            })
            .WithHealthCheck(healthCheck);
    }

    /// <summary>A database that is created when the server is ready and is healthy when it answers a query.</summary>
    /// <param name="databaseName">Name on the server; null: <paramref name="name"/>.</param>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder,
        string name,
        string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var application = builder.ApplicationBuilder;
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(database.Name, database.DatabaseName);
        string? connectionString = null;
        application.Eventing.Subscribe<ConnectionStringAvailableEvent>(database, async (_, cancellationToken) =>
            connectionString = await RequiredConnectionStringAsync(database, cancellationToken));
        var healthCheck = $"{name}_check";
        PostgresHealthCheck.Register(application.Services, healthCheck, () => connectionString);
        return application.AddResource(database).WithIconName("Database").WithHealthCheck(healthCheck);
    }

    /// <summary>The statement that creates the database; it runs on the database <c>postgres</c>.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> WithCreationScript(this IResourceBuilder<PostgresDatabaseResource> builder, string script)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(script);
        return builder.WithAnnotation(new PostgresCreateDatabaseScriptAnnotation(script));
    }

    /// <summary>A volume for the data, so that they outlive the run.</summary>
    /// <param name="name">Null: from the application's and the resource's name.</param>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder,
        string? name = null,
        bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithVolume(name ?? VolumeNameGenerator.Generate(builder, "data"), DataFolder(builder.Resource), isReadOnly);
    }

    /// <summary>A folder of the host for the data.</summary>
    /// <param name="source">Relative to the AppHost's folder.</param>
    public static IResourceBuilder<PostgresServerResource> WithDataBindMount(
        this IResourceBuilder<PostgresServerResource> builder,
        string source,
        bool isReadOnly = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return builder.WithBindMount(source, DataFolder(builder.Resource), isReadOnly);
    }

    /// <summary>Scripts that the image runs when it creates its data.</summary>
    /// <param name="source">File or folder of the host, relative to the AppHost's folder.</param>
    public static IResourceBuilder<PostgresServerResource> WithInitFiles(this IResourceBuilder<PostgresServerResource> builder, string source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return builder.WithContainerFiles("/docker-entrypoint-initdb.d", Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory));
    }

    public static IResourceBuilder<PostgresServerResource> WithPassword(
        this IResourceBuilder<PostgresServerResource> builder,
        IResourceBuilder<ParameterResource> password)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(password);
        builder.Resource.PasswordParameter = password.Resource;
        return builder;
    }

    public static IResourceBuilder<PostgresServerResource> WithUserName(
        this IResourceBuilder<PostgresServerResource> builder,
        IResourceBuilder<ParameterResource> userName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(userName);
        builder.Resource.UserNameParameter = userName.Resource;
        return builder;
    }

    /// <param name="port">Null: chosen at start.</param>
    public static IResourceBuilder<PostgresServerResource> WithHostPort(this IResourceBuilder<PostgresServerResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint(PostgresServerResource.PrimaryEndpointName, endpoint => endpoint.Port = port);
    }

    /// <summary>From version 18 on the image keeps its data one folder higher.</summary>
    /// <remarks>Source: docker-library/postgres, pull request 1259.</remarks>
    internal static string DataFolder(PostgresServerResource server)
    {
        var tag = server.TryGetLastAnnotation<ContainerImageAnnotation>(out var image) ? image.Tag ?? PostgresContainerImageTags.Tag : string.Empty;
        return int.TryParse(tag.Split('-', '.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && major >= 18
            ? "/var/lib/postgresql"
            : "/var/lib/postgresql/data";
    }

    private static async Task<string> RequiredConnectionStringAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken) =>
        await resource.GetConnectionStringAsync(cancellationToken) ?? throw new DistributedApplicationException(
            $"ConnectionStringAvailableEvent was published for the '{resource.Name}' resource but the connection string was null.");
}
