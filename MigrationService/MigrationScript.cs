namespace Slipway.MigrationService;

/// <summary>The verb <c>script</c>: prints SQL for <c>psql</c> that applies what a database lacks, for those who may not run this program there.</summary>
/// <remarks>Idempotent: each file asks first whether it was applied, under the same lock and with the same record as <c>migrate</c>.</remarks>
internal static class MigrationScript
{
    public static async Task<int> PendingAsync(
        DatabaseConnection database, IReadOnlyList<Migration> carried, MigrationOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var plan = MigrationPlan.Compare(carried, await AppliedMigrations.ReadAsync(connection, cancellationToken));
        if (plan.Contradictions.Count > 0)
        {
            throw new MigrationStoppedException(ExitCode.Refused, "Refused:\n  " + string.Join("\n  ", plan.Contradictions));
        }

        await output.WriteAsync(Render(plan.Pending, options));
        return ExitCode.Ok;
    }

    /// <param name="migrations">In order; with none the script does nothing.</param>
    /// <param name="options">Its limits go into the script.</param>
    public static string Render(IReadOnlyList<Migration> migrations, MigrationOptions options) => $"""
        -- Slipway {MigrationTelemetry.Version}: migrations of the operations database. Run with psql; running it again changes nothing.
        \set ON_ERROR_STOP on
        set lock_timeout = {Milliseconds(options.TurnTimeout)};
        select pg_advisory_lock({MigrationTurn.LockKey}) \g (format=unaligned tuples_only=on) /dev/null
        set lock_timeout = {Milliseconds(options.LockTimeout)};
        set statement_timeout = {Milliseconds(options.StatementTimeout)};
        set client_min_messages = warning;
        {AppliedMigrations.CreateTable};

        {string.Concat(migrations.Select(RenderOne))}select pg_advisory_unlock({MigrationTurn.LockKey}) \g (format=unaligned tuples_only=on) /dev/null

        """;

    private static string RenderOne(Migration migration) => $"""
        -- {migration.Name}
        do $slipway$ begin
            if exists (select from schema_migrations where number = {migration.Number} and (name, checksum) <> ({Quote(migration.Name)}, {Quote(migration.Checksum)})) then
                raise exception 'Migration % was applied from another file than this one, whose sha256 is %', {migration.Number}, {Quote(migration.Checksum)};
            end if;
        end $slipway$;
        select not exists (select from schema_migrations where number = {migration.Number}) as slipway_pending \gset
        \if :slipway_pending
        begin;
        {migration.Sql.TrimEnd()}
        ;
        insert into schema_migrations (number, name, checksum, applied_at, duration, applied_by)
        values ({migration.Number}, {Quote(migration.Name)}, {Quote(migration.Checksum)}, clock_timestamp(), clock_timestamp() - now(), {Quote(MigrationTelemetry.Version + " (script)")});
        commit;
        \endif


        """;

    private static long Milliseconds(TimeSpan limit) => (long)limit.TotalMilliseconds;

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
