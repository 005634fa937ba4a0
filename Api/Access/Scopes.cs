using System.Collections.Frozen;

namespace Slipway.Api.Access;

/// <summary>What a client may be allowed to do. Each endpoint names the one that it needs.</summary>
internal static class Scopes
{
    public const string ReleasesRead = "releases:read";
    public const string ReleasesWrite = "releases:write";
    public const string AuditRead = "audit:read";
    public const string AccessManage = "access:manage";

    /// <summary>In the order in which people read them.</summary>
    public static readonly IReadOnlyList<string> All = [ReleasesRead, ReleasesWrite, AuditRead, AccessManage];

    private static readonly FrozenSet<string> s_known = All.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsKnown(string scope) => s_known.Contains(scope);
}
