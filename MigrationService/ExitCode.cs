namespace Slipway.MigrationService;

/// <summary>What the process ends with; part of the contract with whoever waits for it.</summary>
internal static class ExitCode
{
    /// <summary>Done, or nothing to do.</summary>
    public const int Ok = 0;

    /// <summary>A bug: an error that nobody foresaw.</summary>
    public const int Unexpected = 1;

    /// <summary>An unknown verb or option, or a setting out of its bounds.</summary>
    public const int Usage = 2;

    /// <summary>No connection within the time for it, or it broke.</summary>
    public const int NoConnection = 3;

    /// <summary>A statement failed; its file was rolled back, those before it stay.</summary>
    public const int MigrationFailed = 4;

    /// <summary>What was applied and what this build carries contradict each other; nothing was changed.</summary>
    public const int Refused = 5;

    /// <summary>Another migration, or a lock on a table, was in the way for too long; run again.</summary>
    public const int LockTimeout = 6;

    /// <summary>Of <c>status</c>: migrations are pending.</summary>
    public const int Pending = 7;

    /// <summary>Interrupted (128 + SIGINT, as shells count); the running file was rolled back.</summary>
    public const int Interrupted = 130;
}
