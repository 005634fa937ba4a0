using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Api.Tests;
using Slipway.Gateway.Protection.Load;
using Slipway.Gateway.Tests.Harness;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>Many thousand generated requests through the Gateway, most of them bad, each answer held against the OpenAPI document.</summary>
/// <remarks>
/// The seed is fixed, so that a run is the same every time. <c>SLIPWAY_HOSTILE_SEED</c> sets another one, <c>SLIPWAY_HOSTILE_REQUESTS</c> another number.
/// A failure names seed and sender, and shows the smallest request found that fails.
/// </remarks>
[Collection(nameof(AloneInTheProcess))]
public sealed class HostileInputTests(WholeService service, ITestOutputHelper output) : IClassFixture<WholeService>
{
    private const int Senders = 6;
    private const int WarmUp = 3_000;

    /// <summary>
    /// What a thousand requests may leave in memory. Some 400 KiB are there for a reason: keys that were made are known to the Api, pools of buffers grow,
    /// and the ledger of this test. A connection, a head or a body that is kept for each request would be far more.
    /// </summary>
    private const long MaxBytesPerThousand = 768 * 1024;

    /// <summary>No answer for so long is a hang: the Gateway itself waits 2 s for the rest of a head, and 5 s for that of a body.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private static readonly int s_requests = Number("SLIPWAY_HOSTILE_REQUESTS", 24_000);
    private static readonly ulong s_seed = (ulong)Number("SLIPWAY_HOSTILE_SEED", 20_261_121);

    private readonly Acknowledged _acknowledged = new();
    private readonly Dictionary<int, int>[] _statuses = [.. Enumerable.Range(0, Senders).Select(static _ => new Dictionary<int, int>())];

    [Fact]
    public async Task GeneratedRequestsAreAnsweredAsTheDocumentSaysAndLeaveNothingBehind()
    {
        var description = await HostileSetUp.DescriptionAsync(service);
        var known = await HostileSetUp.KnownThingsAsync(service, _acknowledged);
        var rules = new AnswerRules(description, [Requests.FirstSecret, service.Database, new Npgsql.NpgsqlConnectionStringBuilder(service.Database).Password!]);
        var cases = from valid in new ValidRequests(description, known, TimeProvider.System).All()
                    from mutation in Mutations.Some()
                    select new Case(valid.Operation, mutation(valid.Request));
        var open = service.Open;
        var took = Stopwatch.StartNew();

        await SendAsync(cases, rules, description, 0, WarmUp);
        var before = MemoryInUse();
        await SendAsync(cases, rules, description, 1, s_requests - WarmUp);
        var sent = _statuses.Sum(static statuses => statuses.Values.Sum());
        took.Stop();
        await Wait.Until(() => service.UnderWay == 0 && service.Open <= open, $"no request under way and no connection open but the {open} of before");
        var grown = MemoryInUse() - before;

        var statuses = _statuses.SelectMany(static statuses => statuses).GroupBy(static status => status.Key, static status => status.Value).OrderBy(static status => status.Key);
        output.WriteLine($"Seed {s_seed}: {sent} requests in {took.Elapsed.TotalSeconds:f1} s; memory grew by {grown / 1024} KiB.");
        output.WriteLine(string.Join(", ", statuses.Select(static status => $"{(status.Key == 0 ? "closed" : status.Key)}: {status.Sum()}")));
        Assert.True(sent >= s_requests, $"Only {sent} requests were sent.");
        Assert.True(grown < MaxBytesPerThousand * (s_requests - WarmUp) / 1000, $"Memory grew by {grown} bytes.");
        await NothingIsHeldAsync();
        await OnlyWhatWasAcknowledgedIsThereAsync();
    }

    /// <summary>Several senders, each with its own connection, its own thread and its own part of the random numbers.</summary>
    private Task SendAsync(Gen<Case> cases, AnswerRules rules, ApiDescription description, int round, int requests) => Task.WhenAll(Enumerable.Range(0, Senders).Select(sender =>
        Task.Factory.StartNew(
            () =>
            {
                using var connection = new RawConnection(service.Gateway.Address, s_patience);
                // Neighbouring seeds shall not share senders.
                var seed = (s_seed * 1_000_003) + (ulong)((1000 * round) + sender);
                var config = Config.QuickThrowOnFailure.WithName($"seed {s_seed}, round {round}, sender {sender}").WithMaxTest((requests + Senders - 1) / Senders).WithReplay(seed, 1).WithQuietOnSuccess(true);
                Check.One(config, Prop.ForAll(Arb.From(cases, Simpler), one => Hold(one, connection, rules, description, _statuses[sender])));
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

    private static IEnumerable<Case> Simpler(Case one) => one.Request.Mutations.Count == 0 ? [] : one.Request.Simpler().Select(request => one with { Request = request });

    private void Hold(Case one, RawConnection connection, AnswerRules rules, ApiDescription description, Dictionary<int, int> statuses)
    {
        var request = one.Request;
        RawAnswer answer;
        try
        {
            answer = connection.Exchange(request.ToBytes(), request.Method == "HEAD", request.Ends, keeps: request.IsHttp);
        }
        catch (BadAnswerException bad)
        {
            throw new HostileException(bad.Message);
        }

        statuses[answer.Status] = statuses.GetValueOrDefault(answer.Status) + 1;
        _acknowledged.Note(description.Find(request.Method, request.Target), answer);
        if (rules.Complaint(request, one.Operation, answer) is { } complaint)
            throw new HostileException($"{complaint}\nThe answer:\n{answer}");
    }

    private async Task NothingIsHeldAsync()
    {
        var gate = service.Gateway.Services.GetRequiredService<LoadGate>();
        Assert.Equal((0, 0), (gate.UnderWay, gate.Queued));
        using var health = await service.Gateway.Client.GetAsync("/health", TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("Healthy", document.RootElement.GetProperty("status").GetString(), ignoreCase: true);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await service.Api.GetAsync("/health/readiness")).Status);
    }

    private async Task OnlyWhatWasAcknowledgedIsThereAsync()
    {
        Assert.Equal(_acknowledged.Applications.Keys.Order(StringComparer.Ordinal), (await service.QueryAsync<string[]>("select array_agg(name) from applications")).Order(StringComparer.Ordinal));
        Assert.Equal(
            _acknowledged.Releases.Keys.Select(Uri.UnescapeDataString).Order(StringComparer.Ordinal),
            (await service.QueryAsync<string[]>("select array_agg('/applications/' || a.name || '/releases/' || r.version) from releases r join applications a on a.id = r.application_id")).Order(StringComparer.Ordinal));
        Assert.Equal(
            _acknowledged.Keys.Keys.Append("first").Order(StringComparer.Ordinal), (await service.QueryAsync<string[]>("select array_agg(prefix) from access_keys")).Order(StringComparer.Ordinal));
    }

    private static long MemoryInUse()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? int.Parse(given, NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;

    private sealed record Case(Operation Operation, RawRequest Request)
    {
        public override string ToString() => $"aimed at {Operation} {Request}";
    }

    private sealed class HostileException(string message) : Exception(message);
}

/// <summary>Memory, and figures of the process, are measured: no other test runs meanwhile.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
