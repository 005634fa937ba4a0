using Npgsql;
using Slipway.Api.Database;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Access.Keys;

/// <summary>
/// Keeps <see cref="KeyKnowledge"/> fresh: listens to the database on a connection of its own, and asks there a few times a second whether anything
/// was missed. Where no such connection can be had it asks through the pool.
/// </summary>
internal sealed class KeyFollower(
    KeyKnowledge knowledge, DedicatedConnection dedicated, NpgsqlDataSource pool, BackgroundLoops loops, TimeProvider clock, ILogger<KeyFollower> logger)
    : BackgroundService
{
    /// <summary>Three times within <see cref="KeyKnowledge.FreshFor"/>.</summary>
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(300);

    /// <summary>For one answer of the database. Beyond it the database counts as unreachable.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_silentFor = TimeSpan.FromSeconds(15);

    private NpgsqlConnection? _connection;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var loop = loops.Enter("access-keys", s_silentFor);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                loop.Beat();
                await RoundAsync(stoppingToken);
                await PauseAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service ends.
        }
        finally
        {
            await HangUpAsync();
        }
    }

    /// <summary>Ends with what is known now, whatever happens.</summary>
    private async Task RoundAsync(CancellationToken stoppingToken)
    {
        Exception? problem = null;
        if (_connection is not null)
        {
            problem = await TryAsync(AskAsync, stoppingToken);
        }

        if (_connection is null && problem is not TimeoutException)
        {
            problem = await TryAsync(ListenAsync, stoppingToken);
        }

        if (problem is not null and not TimeoutException)
        {
            var notHeard = problem;
            problem = await TryAsync(cancellation => ReadThroughPoolAsync(notHeard, cancellation), stoppingToken);
        }

        if (problem is not null)
        {
            if (knowledge.State.Source != KeySource.Unreachable)
            {
                logger.KeysUnreachable(problem.Message);
            }

            knowledge.Learn(knowledge.State with { Source = KeySource.Unreachable, Problem = problem });
        }
    }

    /// <returns>Why it failed; null: it didn't. A <see cref="TimeoutException"/> where the database took no notice.</returns>
    private async Task<Exception?> TryAsync(Func<CancellationToken, Task> step, CancellationToken stoppingToken)
    {
        using var patience = new CancellationTokenSource(s_patience, clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stoppingToken);
        try
        {
            await step(ending.Token);
            return null;
        }
        catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
        {
            await HangUpAsync();
            return patience.IsCancellationRequested || problem.InnerException is TimeoutException
                ? new TimeoutException($"The database did not answer within {s_patience.TotalSeconds} s.", problem)
                : problem;
        }
    }

    /// <summary>Whether a change was missed; the notification is only quicker.</summary>
    private async Task AskAsync(CancellationToken cancellationToken)
    {
        var asOf = clock.GetTimestamp();
        var keys = knowledge.State.Keys!;
        if (await KeyReader.VersionAsync(_connection!, cancellationToken) != keys.Version)
        {
            asOf = clock.GetTimestamp();
            keys = await KeyReader.ReadAsync(_connection!, cancellationToken);
        }

        Learn(keys, asOf, KeySource.Listening, problem: null);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        var connection = _connection = await dedicated.OpenAsync(cancellationToken);
        await using (var listen = new NpgsqlCommand("listen access_keys", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellationToken);
        }

        var asOf = clock.GetTimestamp();
        Learn(await KeyReader.ReadAsync(connection, cancellationToken), asOf, KeySource.Listening, problem: null);
    }

    private async Task ReadThroughPoolAsync(Exception notHeard, CancellationToken cancellationToken)
    {
        var asOf = clock.GetTimestamp();
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        Learn(await KeyReader.ReadAsync(connection, cancellationToken), asOf, KeySource.Asking, notHeard);
    }

    private void Learn(KeySnapshot keys, long asOf, KeySource source, Exception? problem)
    {
        var before = knowledge.State;
        knowledge.Learn(new KeyState(keys, asOf, source, problem));
        if (source == KeySource.Asking && before.Source != source)
        {
            logger.KeysAsked(problem!.Message);
        }
        else if (source == KeySource.Listening && before.Source != source)
        {
            logger.KeysListening(keys.Count);
        }
        else if (before.Keys?.Version != keys.Version)
        {
            logger.KeysChanged(keys.Version, keys.Count);
        }
    }

    /// <summary>Until the database tells of a change, or it is time to ask.</summary>
    private async Task PauseAsync(CancellationToken stoppingToken)
    {
        if (_connection is null)
        {
            await Task.Delay(s_every, clock, stoppingToken);
            return;
        }

        try
        {
            await _connection.WaitAsync(s_every, stoppingToken);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // The connection broke: the next round, which follows at once, finds another way.
            logger.KeysNotHeard(problem.Message);
            await HangUpAsync();
        }
    }

    private async Task HangUpAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            await connection.DisposeAsync();
        }
    }
}
