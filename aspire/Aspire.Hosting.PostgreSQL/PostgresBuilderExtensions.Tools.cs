using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Postgres;

namespace Aspire.Hosting;

public static partial class PostgresBuilderExtensions
{
    /// <summary>The pgAdmin web interface for every server of the application; not in the manifest.</summary>
    /// <param name="configureContainer">Null: nothing more to set.</param>
    /// <param name="containerName">Null: <c>pgadmin</c>.</param>
    public static IResourceBuilder<T> WithPgAdmin<T>(
        this IResourceBuilder<T> builder,
        Action<IResourceBuilder<PgAdminContainerResource>>? configureContainer = null,
        string? containerName = null)
        where T : PostgresServerResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        var application = builder.ApplicationBuilder;
        if (application.Resources.OfType<PgAdminContainerResource>().SingleOrDefault() is { } existing)
        {
            configureContainer?.Invoke(application.CreateResourceBuilder(existing));
            return builder;
        }

        var tool = application.AddResource(new PgAdminContainerResource(containerName ?? "pgadmin"))
            .WithImage(PostgresContainerImageTags.PgAdminImage, PostgresContainerImageTags.PgAdminTag)
            .WithImageRegistry(PostgresContainerImageTags.PgAdminRegistry)
            .WithIconName("WindowDatabase")
            .WithHttpEndpoint(targetPort: 80, name: "http")
            .WithEnvironment(context => SetPgAdminEnvironment(context, application))
            .WithHttpHealthCheck("/browser")
            .ExcludeFromManifest();
        tool.WithContainerFiles("/pgadmin4", async (_, cancellationToken) =>
        [
            new ContainerFile
            {
                Name = "servers.json",
                Contents = await PgAdminServersAsync(application.Resources.OfType<PostgresServerResource>(), cancellationToken),
            },
        ]);
        configureContainer?.Invoke(tool);
        tool.WithRelationship(builder.Resource, "PgAdmin");
        return builder;
    }

    /// <summary>The pgweb web interface for every database of the application; not in the manifest.</summary>
    /// <param name="configureContainer">Null: nothing more to set.</param>
    /// <param name="containerName">Null: <c>pgweb</c>.</param>
    public static IResourceBuilder<PostgresServerResource> WithPgWeb(
        this IResourceBuilder<PostgresServerResource> builder,
        Action<IResourceBuilder<PgWebContainerResource>>? configureContainer = null,
        string? containerName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var application = builder.ApplicationBuilder;
        if (application.Resources.OfType<PgWebContainerResource>().SingleOrDefault() is { } existing)
        {
            configureContainer?.Invoke(application.CreateResourceBuilder(existing));
            return builder;
        }

        var tool = application.AddResource(new PgWebContainerResource(containerName ?? "pgweb"))
            .WithImage(PostgresContainerImageTags.PgWebImage, PostgresContainerImageTags.PgWebTag)
            .WithImageRegistry(PostgresContainerImageTags.PgWebRegistry)
            .WithIconName("WindowDatabase")
            .WithHttpEndpoint(targetPort: 8081, name: "http")
            .WithArgs("--bookmarks-dir=/.pgweb/bookmarks")
            .WithArgs("--sessions")
            .ExcludeFromManifest();
        configureContainer?.Invoke(tool);
        tool.WithRelationship(builder.Resource, "PgWeb");
        tool.WithHttpHealthCheck();
        tool.WithContainerFiles("/", async (_, cancellationToken) =>
        [
            new ContainerDirectory
            {
                Name = ".pgweb",
                Entries =
                [
                    new ContainerDirectory
                    {
                        Name = "bookmarks",
                        Entries = await PgWebBookmarksAsync(application.Resources.OfType<PostgresDatabaseResource>(), cancellationToken),
                    },
                ],
            },
        ]);
        return builder;
    }

    /// <param name="port">Null: chosen at start.</param>
    public static IResourceBuilder<PgAdminContainerResource> WithHostPort(this IResourceBuilder<PgAdminContainerResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint("http", endpoint => endpoint.Port = port);
    }

    /// <param name="port">Null: chosen at start.</param>
    public static IResourceBuilder<PgWebContainerResource> WithHostPort(this IResourceBuilder<PgWebContainerResource> builder, int? port)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithEndpoint("http", endpoint => endpoint.Port = port);
    }

    /// <summary>No login of its own; the image wants an address and a password all the same. In Codespaces it sits behind a forwarder.</summary>
    private static void SetPgAdminEnvironment(EnvironmentCallbackContext context, IDistributedApplicationBuilder application)
    {
        context.EnvironmentVariables["PGADMIN_CONFIG_MASTER_PASSWORD_REQUIRED"] = "False";
        context.EnvironmentVariables["PGADMIN_CONFIG_SERVER_MODE"] = "False";
        context.EnvironmentVariables["PGADMIN_DEFAULT_EMAIL"] = "admin@domain.com";
        context.EnvironmentVariables["PGADMIN_DEFAULT_PASSWORD"] = "admin";
        if (context.ExecutionContext.IsRunMode && bool.TryParse(application.Configuration["CODESPACES"], out var codespaces) && codespaces)
        {
            context.EnvironmentVariables["PGADMIN_CONFIG_PROXY_X_HOST_COUNT"] = "1";
            context.EnvironmentVariables["PGADMIN_CONFIG_PROXY_X_PREFIX_COUNT"] = "1";
        }
    }

    /// <summary>Servers as pgAdmin imports them; it reaches them by their names on the container network.</summary>
    internal static async Task<string> PgAdminServersAsync(IEnumerable<PostgresServerResource> servers, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        await using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteStartObject("Servers");
        var number = 1;
        foreach (var server in servers)
        {
            var password = await server.PasswordParameter.GetValueAsync(cancellationToken) ?? string.Empty;
            writer.WriteStartObject((number++).ToInvariant());
            writer.WriteString("Name", server.Name);
            writer.WriteString("Group", "Servers");
            writer.WriteString("Host", server.Name);
            writer.WriteNumber("Port", server.PrimaryEndpoint.TargetPort ?? 5432);
            writer.WriteString("Username", await server.UserNameReference.GetValueAsync(cancellationToken));
            writer.WriteString("SSLMode", "prefer");
            writer.WriteString("MaintenanceDB", "postgres");
            writer.WriteString("PasswordExecCommand", $"echo '{password.Replace("'", @"'\''", StringComparison.Ordinal)}'");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static async Task<IEnumerable<ContainerFileSystemItem>> PgWebBookmarksAsync(
        IEnumerable<PostgresDatabaseResource> databases,
        CancellationToken cancellationToken)
    {
        var files = new List<ContainerFileSystemItem>();
        foreach (var database in databases)
        {
            var server = database.Parent;
            files.Add(new ContainerFile
            {
                Name = $"{database.Name}.toml",
                Contents = $"""
                    host = {TomlString(server.Name)}
                    port = {server.PrimaryEndpoint.TargetPort}
                    user = {TomlString(await server.UserNameReference.GetValueAsync(cancellationToken))}
                    password = {TomlString(await server.PasswordParameter.GetValueAsync(cancellationToken))}
                    database = {TomlString(database.DatabaseName)}
                    sslmode = "disable"
                    """,
            });
        }

        return files;
    }

    private static string TomlString(string? value) =>
        $"\"{(value ?? string.Empty).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
