namespace Slipway.Api.Database;

/// <summary>The connection to the operations database, which this service alone owns.</summary>
internal static class OperationsDatabase
{
    /// <summary>In seconds; a client would rather be told 503 than wait for a server that doesn't answer.</summary>
    private const int ConnectTimeout = 3;

    /// <inheritdoc cref="ConnectTimeout"/>
    private const int CommandTimeout = 5;

    public static void AddOperationsDatabase(this WebApplicationBuilder builder)
    {
        var dedicated = new DedicatedConnection();
        builder.Services.AddSingleton(dedicated);
        builder.AddNpgsqlDataSource("opsdb", configureDataSourceBuilder: source =>
        {
            source.Name = "opsdb";
            source.ConnectionStringBuilder.Timeout = ConnectTimeout;
            source.ConnectionStringBuilder.CommandTimeout = CommandTimeout;
            // Times inside of JSON that the server builds come in the session's zone.
            source.ConnectionStringBuilder.Timezone = "UTC";
            source.ConnectionStringBuilder.ApplicationName ??= "slipway-api";
            dedicated.From(source.ConnectionStringBuilder);
        });
        builder.Services.AddHealthChecks().AddCheck<SchemaCheck>("schema");
    }
}
