using System.Globalization;
using System.Text;
using Npgsql;

namespace Slipway.MigrationService;

/// <summary>Says where in a migration's file a statement failed, why, and what to do.</summary>
internal static class FailedStatement
{
    /// <summary>As <c>0003_add_owner.sql:12:8: …</c>: file, line and column, both from 1; the statement's start where the server names no place.</summary>
    public static string Describe(Migration migration, SqlStatement statement, PostgresException error)
    {
        var (line, column) = Place(migration.Sql, statement, error.Position);
        var message = new StringBuilder($"{migration.Name}:{line}:{column}: {error.MessageText} (SQLSTATE {error.SqlState})");
        Append(message, "Detail", error.Detail);
        Append(message, "Hint", error.Hint);
        Append(message, "Where", error.Where);
        message.Append(CultureInfo.InvariantCulture, $"\n  {line} | {migration.Sql.Split('\n')[line - 1].TrimEnd()}\n  {Advice(error.SqlState)}");
        return message.ToString();
    }

    /// <param name="sql">The file.</param>
    /// <param name="statement">The one that failed.</param>
    /// <param name="position">Of the server: characters (Unicode code points) from the statement's start, from 1; 0 when it names none.</param>
    internal static (int Line, int Column) Place(string sql, SqlStatement statement, int position)
    {
        var at = statement.Offset;
        for (var character = 1; character < position && at < sql.Length; character++)
        {
            at += char.IsHighSurrogate(sql[at]) ? 2 : 1;
        }

        at = Math.Min(at, sql.Length);
        var line = sql.AsSpan(0, at).Count('\n') + 1;
        var lineStart = at == 0 ? 0 : sql.LastIndexOf('\n', at - 1) + 1;
        return (line, at - lineStart + 1);
    }

    public static int ExitCodeOf(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.LockNotAvailable => ExitCode.LockTimeout,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => ExitCode.NoConnection,
        _ => ExitCode.MigrationFailed,
    };

    private static string Advice(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.LockNotAvailable =>
            "Somebody held a lock for longer than Migrations:LockTimeout. The file was rolled back; end the long transaction and run again.",
        PostgresErrorCodes.QueryCanceled =>
            "It ran for longer than Migrations:StatementTimeout. The file was rolled back; split the work, or allow more time, and run again.",
        PostgresErrorCodes.ActiveSqlTransaction =>
            "It can't run in a transaction, and each file is one. The file was rolled back; do it another way, or outside of migrations.",
        PostgresErrorCodes.InsufficientPrivilege => "The file was rolled back; give the connection's user the right and run again.",
        _ => "The file was rolled back, those before it stay; correct it and run again.",
    };

    private static void Append(StringBuilder message, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            message.Append(CultureInfo.InvariantCulture, $"\n  {name}: {text}");
        }
    }
}
