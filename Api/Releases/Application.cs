using System.Text.RegularExpressions;

namespace Slipway.Api.Releases;

/// <summary>Something that is released.</summary>
/// <param name="Id">Given at its registration.</param>
/// <param name="Name">Lower case, a DNS label, unique.</param>
/// <param name="Description">May be empty.</param>
/// <param name="RegisteredAt">In UTC.</param>
/// <param name="LiveRelease">Null while none is live.</param>
internal sealed partial record Application(Guid Id, string Name, string Description, DateTimeOffset RegisteredAt, LiveRelease? LiveRelease)
{
    public const int MaxNameLength = 63;
    public const int MaxDescriptionLength = 1000;

    public const string NameRule =
        "must be a DNS label of at most 63 characters: letters, digits and hyphens, a letter first and no hyphen last";

    public const string NamePattern = "[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    /// <summary>Upper case is accepted and stored as lower case (RFC 1123; a letter first as in RFC 1035).</summary>
    [GeneratedRegex($"^{NamePattern}\\z")]
    public static partial Regex NameForm();
}

/// <summary>The release that an application runs.</summary>
internal sealed record LiveRelease(Guid Id, string Version);
