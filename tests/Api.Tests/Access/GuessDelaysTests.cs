using System.Net;
using Microsoft.Extensions.Options;
using Slipway.Api.Access;
using Slipway.Api.Access.Guessing;
using Slipway.TestKit;

namespace Slipway.Api.Tests.Access;

public sealed class GuessDelaysTests
{
    private static readonly ClientAddress s_stranger = ClientAddress.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly ClientAddress s_holder = ClientAddress.Of(IPAddress.Parse("192.0.2.2"));

    private readonly FakeClock _clock = new();

    [Fact]
    public void Wait_MoreWrongCredentials_DoublesUpToItsLimit()
    {
        var delays = New(new() { FreeTries = 3, MaxDelay = TimeSpan.FromSeconds(10) });
        var waits = new List<double>();
        for (var guess = 0; guess < 9; guess++)
        {
            delays.Failed(s_stranger, $"key{guess}");
            var wait = delays.WaitFor(s_stranger, "next") ?? TimeSpan.Zero;
            waits.Add(wait.TotalSeconds);
            _clock.Advance(wait);
            Assert.Null(delays.WaitFor(s_stranger, "next"));
        }

        Assert.Equal([0, 0, 0, 1, 2, 4, 8, 10, 10], waits);
    }

    [Fact]
    public void Wait_ForLongQuiet_IsForgotten()
    {
        var delays = New(new() { FreeTries = 1, ForgetAfter = TimeSpan.FromMinutes(1) });
        Fail(delays, s_stranger, "abcd", 4);
        _clock.Advance(TimeSpan.FromSeconds(4 + 60));

        delays.Failed(s_stranger, "abcd");

        Assert.Null(delays.WaitFor(s_stranger, "abcd"));
    }

    [Fact]
    public void Wait_StrangersGuessAtAPrefix_NeverConcernsItsHolderElsewhere()
    {
        var delays = New(new() { FreeTries = 1 });

        for (var stranger = 1; stranger < 200; stranger++)
        {
            Fail(delays, ClientAddress.Of(new IPAddress([198, 51, 100, (byte)stranger])), "abcd", 5);
        }

        // Not even the holder's first use from a new address.
        Assert.Null(delays.WaitFor(s_holder, "abcd"));
    }

    [Fact]
    public void Wait_GuessesBehindASharedAddress_SparesKeysThatWereRightThere()
    {
        var delays = New(new() { FreeTries = 1 });
        delays.Succeeded(s_stranger, "used");

        Fail(delays, s_stranger, "abcd", 5);

        Assert.Null(delays.WaitFor(s_stranger, "used"));
        Assert.NotNull(delays.WaitFor(s_stranger, "abcd"));
        Assert.NotNull(delays.WaitFor(s_stranger, "new1"));
        // The known key is no way round: guesses at it count on it.
        Fail(delays, s_stranger, "used", 2);
        Assert.NotNull(delays.WaitFor(s_stranger, "used"));
    }

    [Fact]
    public void Succeeded_OneKey_DoesNotFreeWhoGuessesAtOthers()
    {
        var delays = New(new() { FreeTries = 1 });
        Fail(delays, s_stranger, "abcd", 3);

        delays.Succeeded(s_stranger, "mine");

        Assert.NotNull(delays.WaitFor(s_stranger, "abcd"));
        Assert.NotNull(delays.WaitFor(s_stranger, "efgh"));
    }

    [Fact]
    public void Failed_FromMoreAddressesThanFit_StaysBoundedAndKeepsWhoGuessedLast()
    {
        var delays = New(new() { FreeTries = 1, MaxRemembered = 100 });
        for (var address = 0; address < 5_000; address++)
        {
            var client = ClientAddress.Of(new IPAddress([10, 0, (byte)(address >> 8), (byte)address]));
            Fail(delays, client, "abcd", 2);
            Assert.NotNull(delays.WaitFor(client, "abcd"));
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(delays.Remembered, 1, 300);
    }

    private GuessDelays New(GuessOptions options) => new(Options.Create(new AccessOptions { Guessing = options }), _clock);

    private static void Fail(GuessDelays delays, ClientAddress address, string prefix, int times)
    {
        for (var guess = 0; guess < times; guess++)
        {
            delays.Failed(address, prefix);
        }
    }
}
