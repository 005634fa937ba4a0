using System.Collections.Frozen;
using System.Net;
using Slipway.Api.Access;
using Slipway.Api.Access.Keys;

namespace Slipway.Api.Tests.Access;

public sealed class KeyVerificationTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly string s_secret = KeySecret.NewSecret();
    private static readonly string s_previous = KeySecret.NewSecret();

    public static TheoryData<string, string, bool, int?, int, int> Cases => new()
    {
        // prefix, secret, is revoked, expires in seconds, previous secret ends in seconds, verdict
        { "abcd", s_secret, false, null, -1, (int)KeyVerdict.Accepted },
        { "abcd", s_secret, false, 1, -1, (int)KeyVerdict.Accepted },
        { "abcd", s_secret, false, 0, -1, (int)KeyVerdict.Expired },
        { "abcd", s_secret, true, null, -1, (int)KeyVerdict.Revoked },
        { "abcd", s_previous, false, null, 1, (int)KeyVerdict.Accepted },
        { "abcd", s_previous, false, null, 0, (int)KeyVerdict.Rotated },
        { "abcd", s_previous, false, 0, 1, (int)KeyVerdict.Expired },
        { "abcd", s_previous, true, null, 1, (int)KeyVerdict.Revoked },
        { "other", s_secret, false, null, 1, (int)KeyVerdict.Wrong },
        { "abcd", s_secret + "A", false, null, 1, (int)KeyVerdict.Wrong },
        { "abcd", s_secret[..^1], false, null, 1, (int)KeyVerdict.Wrong },
        { "abcd", s_secret.ToUpperInvariant(), false, null, 1, (int)KeyVerdict.Wrong },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Judge_Key_ByItsSecretsAndTimes(string prefix, string secret, bool isRevoked, int? expires, int previousEnds, int verdict)
    {
        var client = new Client("key:abcd", FrozenSet<string>.Empty);
        var key = new KnownKey(
            Guid.Empty, client, KeySecret.Hash(s_secret), KeySecret.Hash(s_previous), s_now.AddSeconds(previousEnds), expires is { } seconds ? s_now.AddSeconds(seconds) : null, isRevoked);

        Assert.Equal((KeyVerdict)verdict, KeyVerification.Judge(new KeySnapshot(new() { ["abcd"] = key }, 1), prefix, secret, s_now, out var judged));
        Assert.True(verdict == (int)KeyVerdict.Wrong || judged.Client == client);
    }

    [Fact]
    public void NewKeys_Many_AreDifferentAndTakeThemselvesApart()
    {
        var keys = Enumerable.Range(0, 2_000).Select(_ => (Prefix: KeySecret.NewPrefix(), Secret: KeySecret.NewSecret())).ToArray();

        Assert.Equal(keys.Length, keys.Select(key => key.Secret).Distinct().Count());
        Assert.All(keys, key =>
        {
            Assert.True(KeySecret.TrySplit($"{key.Prefix}.{key.Secret}", out var prefix, out var secret));
            Assert.Equal((key.Prefix, key.Secret), (prefix, secret.ToString()));
        });
    }

    [Fact]
    public void TrySplit_AnyText_TakesOnlyItsOwnForm()
    {
        var random = new Random(20261121);
        const string characters = "abc019.ABC-_ ~!\t\u0000ä😀\n'\"";
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(0, 260)).Select(_ => characters[random.Next(characters.Length)])]);
            if (KeySecret.TrySplit(text, out var prefix, out var secret))
            {
                Assert.Equal(text, $"{prefix}.{secret}");
                Assert.Matches("^[a-z0-9]{4,16}\\.[!-~]{32,200}\\z", text);
            }
        }

        Assert.True(KeySecret.TrySplit("first." + new string('x', 200), out _, out _));
        Assert.False(KeySecret.TrySplit("first." + new string('x', 201), out _, out _));
        Assert.False(KeySecret.TrySplit("first." + new string('x', 31), out _, out _));
        Assert.False(KeySecret.TrySplit("", out _, out _));
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64")]
    [InlineData("::1", "unknown")]
    public void ClientAddress_Address_IsWhatTellsClientsApart(string address, string shown)
    {
        var same = ClientAddress.Of(IPAddress.Parse(address));

        Assert.Equal(shown, same.ToString());
        Assert.NotEqual(ClientAddress.Of(IPAddress.Parse("192.0.2.8")), same);
    }
}
