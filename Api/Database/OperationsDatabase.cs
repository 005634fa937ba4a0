using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Database;

/// <summary>The connection to the operations database, which this service alone owns.</summary>
internal static class OperationsDatabase
{
    /// <summary>In milliseconds: how long a command that was given up may take to end before its connection is closed.</summary>
    private const int CancellationTimeout = 500;

    /// <summary>Shorter than a result may be old: a check that waits for a hung server must end before its last result stops counting.</summary>
    private static readonly TimeSpan s_checkTimeout = TimeSpan.FromSeconds(2);

    public static void AddOperationsDatabase(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsValidator>();
        services.AddOptionsWithValidateOnStart<DatabaseOptions>().BindConfiguration(DatabaseOptions.Section);
        var dedicated = new DedicatedConnection();
        services.AddSingleton(dedicated);
        builder.AddNpgsqlDataSource("opsdb", configureDataSourceBuilder: source =>
        {
            // A client would rather be told 503 than wait for a server that doesn't answer.
            var options = builder.Configuration.GetSection(DatabaseOptions.Section).Get<DatabaseOptions>() ?? new();
            source.Name = "opsdb";
            source.ConnectionStringBuilder.Timeout = (int)options.ConnectTimeout.TotalSeconds;
            source.ConnectionStringBuilder.CommandTimeout = (int)options.WriteTimeout.TotalSeconds;
            source.ConnectionStringBuilder.CancellationTimeout = CancellationTimeout;
            // Times inside of JSON that the server builds come in the session's zone.
            source.ConnectionStringBuilder.Timezone = "UTC";
            source.ConnectionStringBuilder.ApplicationName ??= "slipway-api";
            dedicated.From(source.ConnectionStringBuilder);
        });
        services.AddSingleton<DatabaseCircuit>().AddSingleton<ServedOnce>().AddScoped<DatabaseSession>();
        services.AddSingleton<IHealthDetail, DatabaseDetail>();
        services.AddHealthChecks().AddCheck<SchemaCheck>(SchemaCheck.Name);
        services.AddOptions<HealthCheckServiceOptions>().Configure<ServedOnce, TimeProvider>(static (checks, served, clock) =>
        {
            foreach (var check in checks.Registrations.Where(static check => check.Name is "PostgreSql" or SchemaCheck.Name))
            {
                var make = check.Factory;
                var bounded = new AwayIsDegraded(served, s_checkTimeout, clock);
                check.Factory = provider => bounded.Around(make(provider));
            }
        });
    }
}
