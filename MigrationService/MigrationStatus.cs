namespace Slipway.MigrationService;

/// <summary>The verb <c>status</c>: what was applied, what is pending, and what contradicts; changes nothing.</summary>
internal sealed class MigrationStatus(DatabaseConnection database, TextWriter output)
{
    /// <returns>Ok, Pending, or Refused when <c>migrate</c> would refuse.</returns>
    public async Task<int> RunAsync(IReadOnlyList<Migration> carried, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var applied = await AppliedMigrations.ReadAsync(connection, cancellationToken);
        var plan = MigrationPlan.Compare(carried, applied);
        foreach (var migration in applied)
        {
            var newer = plan.Newer.Contains(migration) ? "  (newer than this build)" : "";
            await output.WriteLineAsync($"applied  {migration.Name}  {migration.AppliedAt:u}{newer}");
        }

        foreach (var migration in plan.Pending)
        {
            await output.WriteLineAsync($"pending  {migration.Name}");
        }

        foreach (var contradiction in plan.Contradictions)
        {
            await output.WriteLineAsync($"refused  {contradiction}");
        }

        await output.WriteLineAsync($"{applied.Count} applied, {plan.Pending.Count} pending, {plan.Contradictions.Count} refused");
        return plan.Contradictions.Count > 0 ? ExitCode.Refused : plan.Pending.Count > 0 ? ExitCode.Pending : ExitCode.Ok;
    }
}
