using System.Data;
using Npgsql;

namespace Slipway.Api.Database;

/// <summary>What is written together or not at all; taken back by its disposal when it was not committed.</summary>
/// <param name="connection">To write on.</param>
/// <param name="transaction">That it is, or is a part of.</param>
/// <param name="isWhole">False: the transaction goes on after it, and it begins at <see cref="Savepoint"/>.</param>
internal sealed class WriteUnit(NpgsqlConnection connection, NpgsqlTransaction transaction, bool isWhole) : IAsyncDisposable
{
    public const string Savepoint = "unit";

    private bool _isCommitted;

    public NpgsqlConnection Connection => connection;

    public NpgsqlTransaction Transaction => transaction;

    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await (isWhole ? transaction.CommitAsync(cancellationToken) : transaction.ReleaseAsync(Savepoint, cancellationToken));
        _isCommitted = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (isWhole)
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
        else if (!_isCommitted && connection.FullState == ConnectionState.Open)
        {
            // On a token of its own: what was begun is taken back though the client has left.
            await transaction.RollbackAsync(Savepoint, CancellationToken.None);
        }
    }
}
