namespace Slipway.MigrationService;

internal enum Verb
{
    Migrate,
    Status,
    Script,
    Config,
    Help,
}

/// <summary>The process's arguments.</summary>
/// <param name="Verb">Migrate when none is given.</param>
/// <param name="All">Of <c>script</c>: all migrations, without asking a database.</param>
/// <param name="Json">Of <c>config</c>: for programs.</param>
/// <param name="Settings">Of the form <c>--Section:Key=value</c>, for the configuration.</param>
internal sealed record CommandLine(Verb Verb, bool All, bool Json, string[] Settings)
{
    public const string Usage = """
        Migrates Slipway's operations database, ConnectionStrings:opsdb.

          migrate   apply what is pending; also without a verb
          status    list what is applied and pending
          config    print the effective configuration and its sources; with --json for programs
          script    print idempotent SQL for psql of what is pending; with --all of everything, without a database

        Settings: --Migrations:LockTimeout=00:00:05 and so on, or the environment: Migrations__ConnectTimeout, Migrations__TurnTimeout,
        Migrations__LockTimeout, Migrations__StatementTimeout. Access__FirstKeySecret (32 characters or more) makes the first API key of a
        database that has none; its prefix is first.

        Exit codes: 0 done or up to date, 1 unexpected error, 2 usage or setting, 3 no connection, 4 a statement failed, 5 refused (an applied
        file was edited, or is out of order), 6 lock timeout, 7 pending (status), 130 interrupted.
        """;

    /// <exception cref="MigrationStoppedException">An unknown verb or option.</exception>
    public static CommandLine Parse(string[] arguments)
    {
        var verb = arguments switch
        {
            [] => Verb.Migrate,
            ["--help" or "-h" or "-?" or "help", ..] => Verb.Help,
            [['-', ..], ..] => Verb.Migrate,
            ["migrate", ..] => Verb.Migrate,
            ["status", ..] => Verb.Status,
            ["script", ..] => Verb.Script,
            ["config", ..] => Verb.Config,
            [var unknown, ..] => throw new MigrationStoppedException(ExitCode.Usage, $"Unknown verb '{unknown}': it is migrate, status, script or config."),
        };
        var rest = arguments.Skip(arguments is [['-', ..], ..] ? 0 : 1).Where(_ => verb != Verb.Help).ToList();
        var all = verb == Verb.Script && rest.RemoveAll(argument => argument == "--all") > 0;
        var json = verb == Verb.Config && rest.RemoveAll(argument => argument == "--json") > 0;
        var unknownOption = rest.Find(argument => !argument.StartsWith("--", StringComparison.Ordinal) || !argument.Contains('='));
        return unknownOption is null
            ? new CommandLine(verb, all, json, [.. rest])
            : throw new MigrationStoppedException(ExitCode.Usage, $"Unknown option '{unknownOption}': settings have the form --Migrations:LockTimeout=00:00:05.");
    }
}
