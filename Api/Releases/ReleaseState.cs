namespace Slipway.Api.Releases;

/// <summary>Where a release is.</summary>
internal enum ReleaseState
{
    /// <summary>Known, never run.</summary>
    Recorded,

    /// <summary>Being started beside the live one, without traffic.</summary>
    Deploying,

    /// <summary>Has a part of the traffic.</summary>
    Canary,

    /// <summary>Has all of the traffic; at most one of an application.</summary>
    Live,

    /// <summary>Was live until another was promoted; may be deployed again, or restored by a roll back.</summary>
    Superseded,

    /// <summary>Did not come up or was judged bad before it was live; may be deployed again.</summary>
    Failed,

    /// <summary>Was taken back. Final, so that a revert can't loop: record another release.</summary>
    RolledBack,
}

/// <summary>What changes a release's state.</summary>
internal enum ReleaseCommand
{
    /// <summary>The first; by recording it.</summary>
    Record,
    Deploy,
    StartCanary,
    Promote,
    Fail,
    RollBack,

    /// <summary>By the promotion of another release.</summary>
    Supersede,

    /// <summary>By the roll back of the release that had superseded it.</summary>
    Restore,
}

internal static class ReleaseStates
{
    /// <summary>The commands that may be asked for; the others happen along with them.</summary>
    public static readonly IReadOnlyList<ReleaseCommand> Askable =
        [ReleaseCommand.Deploy, ReleaseCommand.StartCanary, ReleaseCommand.Promote, ReleaseCommand.Fail, ReleaseCommand.RollBack];

    /// <summary>The state after a command; null when it is not allowed from here.</summary>
    public static ReleaseState? After(this ReleaseState state, ReleaseCommand command) => (state, command) switch
    {
        (ReleaseState.Recorded or ReleaseState.Failed or ReleaseState.Superseded, ReleaseCommand.Deploy) => ReleaseState.Deploying,
        (ReleaseState.Deploying, ReleaseCommand.StartCanary) => ReleaseState.Canary,
        (ReleaseState.Deploying or ReleaseState.Canary, ReleaseCommand.Promote) => ReleaseState.Live,
        (ReleaseState.Deploying or ReleaseState.Canary, ReleaseCommand.Fail) => ReleaseState.Failed,
        (ReleaseState.Canary or ReleaseState.Live, ReleaseCommand.RollBack) => ReleaseState.RolledBack,
        (ReleaseState.Live, ReleaseCommand.Supersede) => ReleaseState.Superseded,
        (ReleaseState.Superseded, ReleaseCommand.Restore) => ReleaseState.Live,
        _ => null,
    };

    /// <summary>Those that may be asked for from here; none in a final state.</summary>
    public static IReadOnlyList<ReleaseCommand> Commands(this ReleaseState state) => [.. Askable.Where(command => state.After(command) is not null)];
}
