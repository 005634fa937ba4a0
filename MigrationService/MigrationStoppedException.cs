namespace Slipway.MigrationService;

/// <summary>An end that was foreseen: a message for people that says what to do, and the process's exit code.</summary>
internal sealed class MigrationStoppedException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
