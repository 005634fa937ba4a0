namespace Slipway.MigrationService.Tests;

public sealed class SqlStatementsTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("-- only a comment; here\n/* and /* nested; */ ; */", new string[0])]
    [InlineData("select 1; select 2", new[] { "select 1", "select 2" })]
    [InlineData("select 'a;''b'; select \"c;d\"", new[] { "select 'a;''b'", "select \"c;d\"" })]
    [InlineData(@"select E'it\';s'; select 2", new[] { @"select E'it\';s'", "select 2" })]
    [InlineData(@"select 'back\'; select 2", new[] { @"select 'back\'", "select 2" })]
    [InlineData("do $$ begin; end $$; select 1", new[] { "do $$ begin; end $$", "select 1" })]
    [InlineData("do $a$ x; $$ y; $a$; select 1", new[] { "do $a$ x; $$ y; $a$", "select 1" })]
    [InlineData("select $1; select a$b$ ; select 3", new[] { "select $1", "select a$b$", "select 3" })]
    [InlineData("select 1 -- why; not\n; select 2", new[] { "select 1 -- why; not", "select 2" })]
    [InlineData("create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3",
        new[] { "create function f() returns int begin atomic select case when true then 1 end; select 2; end", "select 3" })]
    [InlineData(";;select 1;", new[] { "select 1" })]
    [InlineData("select 'never ends; select 2", new[] { "select 'never ends; select 2" })]
    public void Split_AnyLexicalForm_EndsStatementsAtTheirOwnSemicolons(string sql, string[] expected)
    {
        var statements = SqlStatements.Split(sql);

        Assert.Equal(expected, statements.Select(statement => statement.Text));
        Assert.All(statements, statement => Assert.StartsWith(statement.Text, sql[statement.Offset..], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("select 1;\n  select 2", 1, 0, 2, 3)]
    [InlineData("select 1;\n  select nope", 1, 8, 2, 10)]
    [InlineData("select '😀', nope", 0, 13, 1, 14)]
    public void Place_PositionInCodePoints_BecomesLineAndColumn(string sql, int statement, int position, int line, int column) =>
        Assert.Equal((line, column), FailedStatement.Place(sql, SqlStatements.Split(sql)[statement], position));
}
