using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Slipway.Api.Audit;

namespace Slipway.Api.Access;

/// <summary>
/// Refused requests, added up until they are written to the audit: one entry for each client, address, reason and scope, and at most
/// <see cref="MaxEntries"/> at a time. A flood makes large numbers, not many rows.
/// </summary>
internal sealed class Refusals(NpgsqlDataSource dataSource, TimeProvider clock, ILogger<Refusals> logger)
{
    /// <summary>Further kinds are added up in one more entry, whose client is <c>others</c>.</summary>
    public const int MaxEntries = 100;

    private const string Others = "others";

    private readonly Lock _gate = new();
    private Dictionary<Kind, Sum> _sums = [];

    /// <param name="who">Whom the credential names: a client's name only where it was proven.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="reason">One word.</param>
    /// <param name="scope">What was to be done.</param>
    public void Note(string who, ClientAddress address, string reason, string scope)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            Add(_sums, new Kind(who, address, reason, scope), new Sum(1, now, now));
        }
    }

    /// <summary>What couldn't be written is kept and added to.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        Dictionary<Kind, Sum> sums;
        lock (_gate)
        {
            (sums, _sums) = (_sums, []);
        }

        if (sums.Count == 0)
        {
            return;
        }

        try
        {
            await AppendAsync(sums, cancellationToken);
        }
        catch
        {
            lock (_gate)
            {
                foreach (var (kind, sum) in sums)
                {
                    Add(_sums, kind, sum);
                }
            }

            throw;
        }

        foreach (var (kind, sum) in sums)
        {
            logger.Refused(sum.Count, kind.Who, kind.Address.ToString(), kind.Reason);
        }
    }

    private static void Add(Dictionary<Kind, Sum> sums, Kind kind, Sum more)
    {
        if (!sums.ContainsKey(kind) && sums.Count >= MaxEntries)
        {
            kind = new Kind(Others, default, "several", "several");
        }

        sums[kind] = sums.TryGetValue(kind, out var sum)
            ? new Sum(sum.Count + more.Count, sum.First < more.First ? sum.First : more.First, sum.Last > more.Last ? sum.Last : more.Last)
            : more;
    }

    private async Task AppendAsync(Dictionary<Kind, Sum> sums, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var (kind, sum) in sums)
        {
            var details = new { Client = kind.Who, Address = kind.Address.ToString(), kind.Reason, kind.Scope, sum.Count, sum.First, sum.Last };
            // A credential that wasn't accepted proves nobody: its prefix is what was aimed at, not who acted.
            var actor = kind.Reason == "forbidden" ? kind.Who : "nobody";
            await AuditStore.AppendAsync(
                connection, sum.Last, actor, "client.refuse", SubjectOf(kind.Who), application: null, details, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The same id for the same name, so that the audit's filter by subject finds all that was refused to it.</summary>
    internal static Guid SubjectOf(string who) => new(SHA256.HashData(Encoding.UTF8.GetBytes(who)).AsSpan(0, 16), bigEndian: true);

    private readonly record struct Kind(string Who, ClientAddress Address, string Reason, string Scope);

    private readonly record struct Sum(long Count, DateTimeOffset First, DateTimeOffset Last);
}
