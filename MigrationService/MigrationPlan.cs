namespace Slipway.MigrationService;

/// <summary>What this build carries, compared with what a database has.</summary>
/// <param name="Pending">To apply, in order.</param>
/// <param name="Newer">Applied by a later build, which this one doesn't know; in order.</param>
/// <param name="Contradictions">Each a sentence with the facts and what to do; if there is any, nothing may be applied.</param>
internal sealed record MigrationPlan(
    IReadOnlyList<Migration> Pending, IReadOnlyList<AppliedMigration> Newer, IReadOnlyList<string> Contradictions)
{
    public static MigrationPlan Compare(IReadOnlyList<Migration> carried, IReadOnlyList<AppliedMigration> applied)
    {
        var known = applied.ToDictionary(migration => migration.Number);
        var last = applied.Count == 0 ? 0 : applied[^1].Number;
        var contradictions = new List<string>();
        foreach (var migration in carried)
        {
            if (known.TryGetValue(migration.Number, out var before))
            {
                contradictions.AddRange(Difference(migration, before));
            }
            else if (migration.Number < last)
            {
                contradictions.Add($"{migration.Name} was never applied, but later ones were (the last is {last:0000}). Files are applied in order; give it a number after the last.");
            }
        }

        var newest = carried.Count == 0 ? 0 : carried[^1].Number;
        contradictions.AddRange(Enumerable.Range(newest + 1, Math.Max(0, last - newest)).Where(number => !known.ContainsKey(number)).Select(number =>
            $"schema_migrations has no row {number:0000}, but {last:0000}. A row was removed by hand; put it back from a backup."));
        return new MigrationPlan(
            [.. carried.Where(migration => migration.Number > last)], [.. applied.Where(migration => migration.Number > newest)], contradictions);
    }

    private static IEnumerable<string> Difference(Migration carried, AppliedMigration applied)
    {
        if (carried.Checksum != applied.Checksum)
        {
            yield return $"{carried.Name} was edited after it was applied as {applied.Name} at {applied.AppliedAt:u}: applied sha256 {applied.Checksum}, "
                + $"in this build {carried.Checksum}. Restore the file and put the change into a new one.";
        }
        else if (carried.Name != applied.Name)
        {
            yield return $"{carried.Name} was applied under the name {applied.Name}. Restore the file's name.";
        }
    }
}
