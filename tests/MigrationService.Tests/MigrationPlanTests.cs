namespace Slipway.MigrationService.Tests;

public sealed class MigrationPlanTests
{
    private static readonly Migration s_first = Migration.Parse("0001_one.sql", "select 1");
    private static readonly Migration s_second = Migration.Parse("0002_two.sql", "select 2");
    private static readonly Migration s_third = Migration.Parse("0003_three.sql", "select 3");

    [Fact]
    public void Compare_EmptyDatabase_AllPendingInOrder()
    {
        var plan = MigrationPlan.Compare([s_first, s_second], []);

        Assert.Equal([s_first, s_second], plan.Pending);
        Assert.Empty(plan.Contradictions);
    }

    [Fact]
    public void Compare_EditedFile_NamesItAndBothChecksums()
    {
        var contradiction = Assert.Single(MigrationPlan.Compare([s_first, s_second], [Applied(s_first) with { Checksum = "aaaa" }]).Contradictions);

        Assert.Contains("0001_one.sql", contradiction, StringComparison.Ordinal);
        Assert.Contains("aaaa", contradiction, StringComparison.Ordinal);
        Assert.Contains(s_first.Checksum, contradiction, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_FileBelowTheLastApplied_IsRefused()
    {
        var plan = MigrationPlan.Compare([s_first, s_second, s_third], [Applied(s_first), Applied(s_third)]);

        Assert.Contains("0002_two.sql was never applied", Assert.Single(plan.Contradictions), StringComparison.Ordinal);
        Assert.Empty(plan.Pending);
    }

    [Fact]
    public void Compare_DatabaseNewer_IsToldAndNotRefused()
    {
        var plan = MigrationPlan.Compare([s_first, s_second], [Applied(s_first), Applied(s_second), Applied(s_third)]);

        Assert.Equal(3, Assert.Single(plan.Newer).Number);
        Assert.Empty(plan.Contradictions);
        Assert.Empty(plan.Pending);
    }

    [Fact]
    public void Compare_RowMissingAmongTheNewer_IsRefused() =>
        Assert.Contains("no row 0002", Assert.Single(MigrationPlan.Compare([s_first], [Applied(s_first), Applied(s_third)]).Contradictions), StringComparison.Ordinal);

    [Fact]
    public void Compare_RenamedFile_IsRefused() =>
        Assert.Contains("under the name 0001_uno.sql", Assert.Single(MigrationPlan.Compare([s_first], [Applied(s_first) with { Name = "0001_uno.sql" }]).Contradictions), StringComparison.Ordinal);

    [Fact]
    public void Checksum_OtherLineEndsAndByteOrderMark_IsTheSame() =>
        Assert.Equal(Migration.Parse("0001_a.sql", "a\nb").Checksum, Migration.Parse("0001_a.sql", "\uFEFFa\r\nb").Checksum);

    [Theory]
    [InlineData("1_one.sql")]
    [InlineData("0001-one.sql")]
    [InlineData("0001_One.sql")]
    [InlineData("0001_one.sql\n")]
    public void Parse_OtherName_IsRefused(string name) => Assert.Throws<InvalidDataException>(() => Migration.Parse(name, ""));

    [Fact]
    public void InOrder_GapOrRepeat_IsRefused()
    {
        Assert.Throws<InvalidDataException>(() => Migration.InOrder([s_first, s_third]));
        Assert.Throws<InvalidDataException>(() => Migration.InOrder([s_first, Migration.Parse("0001_uno.sql", "")]));
    }

    private static AppliedMigration Applied(Migration migration) => new(migration.Number, migration.Name, migration.Checksum, DateTimeOffset.UnixEpoch);
}
