using Microsoft.Extensions.Options;
using Npgsql;

namespace Slipway.Api.Database;

/// <summary>One request's use of the database: its commands, and its writes in one transaction with whatever must stand or fall with them.</summary>
/// <remarks>Not for several threads at once, as a request isn't.</remarks>
internal sealed class DatabaseSession(NpgsqlDataSource dataSource, DatabaseCircuit circuit, IOptions<DatabaseOptions> options)
{
    private readonly int _readSeconds = (int)options.Value.ReadTimeout.TotalSeconds;
    private (NpgsqlConnection Connection, NpgsqlTransaction Transaction)? _kept;
    private bool _entered;

    /// <summary>Inside of <see cref="KeepAsync"/> it sees what was written before.</summary>
    /// <exception cref="DatabaseSkippedException">The circuit is open.</exception>
    public NpgsqlCommand Command(string sql)
    {
        Enter();
        if (_kept is { } kept)
        {
            return new NpgsqlCommand(sql, kept.Connection);
        }

        var command = dataSource.CreateCommand(sql);
        command.CommandTimeout = _readSeconds;
        return command;
    }

    /// <summary>A transaction, or inside of <see cref="KeepAsync"/> a part of that one which can be taken back alone.</summary>
    /// <exception cref="DatabaseSkippedException">The circuit is open.</exception>
    public async Task<WriteUnit> BeginAsync(CancellationToken cancellationToken)
    {
        Enter();
        if (_kept is { } kept)
        {
            await kept.Transaction.SaveAsync(WriteUnit.Savepoint, cancellationToken);
            return new WriteUnit(kept.Connection, kept.Transaction, isWhole: false);
        }

        return await OpenAsync(cancellationToken);
    }

    /// <summary>Lets everything that this request writes from now on be one transaction, which takes effect with its commit.</summary>
    /// <exception cref="DatabaseSkippedException">The circuit is open.</exception>
    public async Task<Kept> KeepAsync(CancellationToken cancellationToken)
    {
        Enter();
        var whole = await OpenAsync(cancellationToken);
        _kept = (whole.Connection, whole.Transaction);
        return new Kept(this, whole);
    }

    /// <summary>To be called once the request has ended well; tells the circuit when the database was used.</summary>
    public void Succeeded()
    {
        if (_entered)
        {
            _entered = false;
            circuit.Succeed();
        }
    }

    /// <summary>Tells the circuit, once for all that a request tried.</summary>
    public void Failed(Exception problem)
    {
        if (_entered && problem is not DatabaseSkippedException)
        {
            _entered = false;
            circuit.Fail(problem);
        }
    }

    private void Enter()
    {
        if (!_entered)
        {
            circuit.Enter();
            _entered = true;
        }
    }

    private async Task<WriteUnit> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            return new WriteUnit(connection, await connection.BeginTransactionAsync(cancellationToken), isWhole: true);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Rolled back by its disposal when it was not committed.</summary>
    internal sealed class Kept(DatabaseSession session, WriteUnit whole) : IAsyncDisposable
    {
        public Task CommitAsync(CancellationToken cancellationToken) => whole.CommitAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            session._kept = null;
            await whole.DisposeAsync();
        }
    }
}
