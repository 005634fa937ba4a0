using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.MigrationService;

/// <summary>Builds the process around a verb: configuration, logs on standard error, telemetry that is flushed at the end.</summary>
internal static class MigrationHost
{
    private static readonly TimeSpan s_flushLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_idleFlushLimit = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs the verb and explains a foreseen end.</summary>
    /// <param name="arguments">Of the process.</param>
    /// <param name="carried">The migrations; the embedded ones but in tests.</param>
    /// <param name="output">Where <c>status</c> and <c>script</c> print.</param>
    /// <param name="cancellationToken">Ends it as Ctrl+C does.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        string[] arguments, Func<IReadOnlyList<Migration>> carried, TextWriter output, CancellationToken cancellationToken)
    {
        ILogger? logger = null;
        IHost? host = null;
        try
        {
            var commandLine = CommandLine.Parse(arguments);
            if (commandLine.Verb == Verb.Help)
            {
                await output.WriteLineAsync(CommandLine.Usage);
                return ExitCode.Ok;
            }

            host = Build(commandLine);
            if (commandLine.Verb == Verb.Config)
            {
                return await ServiceProgram.PrintAsync(host.Services, typeof(MigrationHost).Assembly, commandLine.Json, output);
            }

            logger = host.Services.GetRequiredService<ILogger<MigrateDatabase>>();
            try
            {
                host.Services.CheckConfiguration(typeof(MigrationHost).Assembly);
                return await RunAsync(host, commandLine, carried(), output, cancellationToken);
            }
            catch (Exception problem) when (Explain(problem) is { } stopped)
            {
                logger.Stopped(stopped.Message);
                return stopped.ExitCode;
            }
            catch (Exception problem)
            {
                logger.Unexpected(problem);
                return ExitCode.Unexpected;
            }
        }
        catch (MigrationStoppedException problem) when (logger is null)
        {
            await Console.Error.WriteLineAsync($"{problem.Message}\n\n{CommandLine.Usage}");
            return problem.ExitCode;
        }
        finally
        {
            await FlushAsync(host);
        }
    }

    /// <summary>
    /// Disposing sends what is left of the telemetry, and takes many seconds where the collector isn't there yet. Others wait for the end of
    /// this process, so it gets a moment, and a longer one when there is something to tell.
    /// </summary>
    private static async Task FlushAsync(IHost? host)
    {
        if (host is null)
        {
            return;
        }

        var limit = host.Services.GetRequiredService<MigrationNews>().Any ? s_flushLimit : s_idleFlushLimit;
        var clock = host.Services.GetRequiredService<TimeProvider>();
        await Task.WhenAny(Task.Run(host.Dispose), Task.Delay(limit, clock, CancellationToken.None));
    }

    private static async Task<int> RunAsync(
        IHost host, CommandLine commandLine, IReadOnlyList<Migration> carried, TextWriter output, CancellationToken cancellationToken)
    {
        await host.StartAsync(cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        try
        {
            var options = host.Services.GetRequiredService<IOptions<MigrationOptions>>().Value;
            return commandLine switch
            {
                { Verb: Verb.Script, All: true } => await PrintAsync(MigrationScript.Render(carried, options), output),
                { Verb: Verb.Script } => await MigrationScript.PendingAsync(Database(host), carried, options, output, ending.Token),
                { Verb: Verb.Status } => await new MigrationStatus(Database(host), output).RunAsync(carried, ending.Token),
                _ => await host.Services.GetRequiredService<MigrateDatabase>().RunAsync(carried, ending.Token),
            };
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static DatabaseConnection Database(IHost host) => host.Services.GetRequiredService<DatabaseConnection>();

    private static async Task<int> PrintAsync(string text, TextWriter output)
    {
        await output.WriteAsync(text);
        return ExitCode.Ok;
    }

    private static IHost Build(CommandLine commandLine)
    {
        // Empty: the files that the default builder looks for and watches don't exist here, and the application's start waits for us.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
        {
            ApplicationName = "MigrationService",
            EnvironmentName = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"),
            ContentRootPath = AppContext.BaseDirectory,
        });
        // People read the lines of a job; whoever collects them sets json.
        builder.Configuration.AddInMemoryCollection([new("Logging:Console:FormatterName", ConsoleFormatterNames.Simple)])
            .AddEnvironmentVariables()
            .AddCommandLine(commandLine.Settings);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"))
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Npgsql", LogLevel.Warning)
            // What fails at the host's start is explained here, once and without a stack.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddConsole();
        builder.Services.Configure<SimpleConsoleFormatterOptions>(console => console.ColorBehavior = LoggerColorBehavior.Disabled);
        // Standard output belongs to what status and script print.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        builder.AddServiceDefaults();
        // Not pooled: the lock must end with the connection. A health check would have nobody to ask it.
        builder.AddNpgsqlDataSource("opsdb", settings => settings.DisableHealthChecks = true, source =>
        {
            source.ConnectionStringBuilder.Pooling = false;
            source.ConnectionStringBuilder.ApplicationName ??= "slipway-migrations";
        });
        builder.Services.AddSingleton<IValidateOptions<MigrationOptions>, MigrationOptionsValidator>();
        builder.Services.AddOptionsWithValidateOnStart<MigrationOptions>().BindConfiguration(MigrationOptions.Section);
        builder.Services.AddSingleton<DatabaseConnection>().AddSingleton<MigrateDatabase>().AddSingleton<MigrationNews>();
        return builder.Build();
    }

    /// <summary>Null for what nobody foresaw.</summary>
    private static MigrationStoppedException? Explain(Exception problem) => problem switch
    {
        MigrationStoppedException stopped => stopped,
        OperationCanceledException => new MigrationStoppedException(ExitCode.Interrupted, "Interrupted. The file that was being applied is rolled back, those before it stay."),
        OptionsValidationException invalid => new MigrationStoppedException(ExitCode.Usage, string.Join("\n", invalid.Failures)),
        InvalidDataException invalid => new MigrationStoppedException(ExitCode.Refused, invalid.Message),
        InvalidOperationException or ArgumentException or FormatException when problem.Source is "Aspire.Npgsql" or "Npgsql" or "Microsoft.Extensions.Configuration.Binder" =>
            new MigrationStoppedException(ExitCode.Usage, $"{problem.Message} Set ConnectionStrings:opsdb, in the environment ConnectionStrings__opsdb."),
        Npgsql.PostgresException refused => new MigrationStoppedException(FailedStatement.ExitCodeOf(refused), $"{refused.MessageText} (SQLSTATE {refused.SqlState})"),
        Npgsql.NpgsqlException broken => new MigrationStoppedException(ExitCode.NoConnection, $"The connection broke: {broken.Message}. Run again."),
        _ => null,
    };
}
