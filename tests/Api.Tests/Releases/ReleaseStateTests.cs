using Slipway.Api.Releases;

namespace Slipway.Api.Tests.Releases;

public sealed class ReleaseStateTests
{
    /// <summary>The whole table: what isn't here is not allowed.</summary>
    private static readonly Dictionary<(string, string), string> s_allowed = new()
    {
        [("recorded", "deploy")] = "deploying",
        [("failed", "deploy")] = "deploying",
        [("superseded", "deploy")] = "deploying",
        [("deploying", "start-canary")] = "canary",
        [("deploying", "promote")] = "live",
        [("canary", "promote")] = "live",
        [("deploying", "fail")] = "failed",
        [("canary", "fail")] = "failed",
        [("canary", "roll-back")] = "rolled-back",
        [("live", "roll-back")] = "rolled-back",
        [("live", "supersede")] = "superseded",
        [("superseded", "restore")] = "live",
    };

    [Fact]
    public void After_EveryStateAndCommand_AllowsTheTableAndNothingElse()
    {
        foreach (var state in Enum.GetValues<ReleaseState>())
        {
            foreach (var command in Enum.GetValues<ReleaseCommand>())
            {
                var expected = s_allowed.GetValueOrDefault((ApiJson.Name(state), ApiJson.Name(command)));
                Assert.Equal(expected, state.After(command) is { } after ? ApiJson.Name(after) : null);
            }
        }
    }

    [Fact]
    public void Commands_OfAState_AreThoseThatMayBeAskedFor()
    {
        Assert.Equal([ReleaseCommand.RollBack], ReleaseState.Live.Commands());
        Assert.Equal([ReleaseCommand.Deploy], ReleaseState.Superseded.Commands());
        Assert.Empty(ReleaseState.RolledBack.Commands());
    }

    [Fact]
    public void DigestOf_OtherOrderOfArtifacts_IsTheSameAndOtherContentIsNot()
    {
        Artifact web = new("web", "u", Requests.Digest), api = new("api", "u", Requests.Digest);

        Assert.Equal(Release.DigestOf("1", [web, api], null, 1), Release.DigestOf("1", [api, web], null, 1));
        Assert.NotEqual(Release.DigestOf("1", [web, api], null, 1), Release.DigestOf("1", [web, api], null, 2));
        Assert.NotEqual(Release.DigestOf("1", [web], null, 1), Release.DigestOf("1", [web with { Image = "v" }], null, 1));
    }
}
