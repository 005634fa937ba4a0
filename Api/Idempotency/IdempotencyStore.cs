using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using NpgsqlTypes;
using Slipway.Api.Database;

namespace Slipway.Api.Idempotency;

/// <summary>The table <c>idempotency_keys</c>; to be used inside of the transaction that carries the request out.</summary>
internal sealed class IdempotencyStore(DatabaseSession session, IOptions<IdempotencyOptions> options, TimeProvider clock)
{
    /// <summary>What a request is shown by to people, shortened.</summary>
    private const int MaxRequest = 200;

    /// <summary>Takes the scope until the transaction ends, however it ends: with the process or the connection too.</summary>
    /// <returns>False when another request has it, which is thus in flight.</returns>
    /// <remarks>
    /// The database ends a transaction from which it hears nothing for <see cref="IdempotencyOptions.InFlightFor"/>: a replica that hangs must
    /// not keep the key for ever. It can't commit then, so the repeated request is the only one that takes effect.
    /// </remarks>
    public async Task<bool> TryClaimAsync(IdempotencyScope scope, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            select pg_try_advisory_xact_lock($1) from set_config('idle_in_transaction_session_timeout', $2, true)
            """);
        command.Parameters.Add(new() { Value = scope.LockId });
        command.Parameters.Add(new() { Value = options.Value.InFlightFor.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>The answer and what it answered; null when none is kept, or no longer.</summary>
    public async Task<(byte[] Fingerprint, KeptAnswer Answer)?> FindAsync(IdempotencyScope scope, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            select fingerprint, status, headers, body from idempotency_keys where scope = $1 and expires_at > $2
            """);
        command.Parameters.Add(new() { Value = scope.Hash });
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (reader.GetFieldValue<byte[]>(0), new KeptAnswer(
                reader.GetInt32(1), JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(2))!, reader.GetFieldValue<byte[]>(3), IsReplayed: true))
            : null;
    }

    /// <summary>Takes the place of an answer that has expired.</summary>
    public async Task KeepAsync(IdempotencyScope scope, byte[] fingerprint, KeptAnswer answer, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            insert into idempotency_keys (scope, client, request, fingerprint, status, headers, body, answered_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (scope) do update set fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
              body = excluded.body, answered_at = excluded.answered_at, expires_at = excluded.expires_at
            """);
        var now = clock.GetUtcNow();
        var request = $"{scope.Method} {scope.Path}";
        command.Parameters.Add(new() { Value = scope.Hash });
        command.Parameters.Add(new() { Value = scope.Client });
        command.Parameters.Add(new() { Value = request[..Math.Min(request.Length, MaxRequest)] });
        command.Parameters.Add(new() { Value = fingerprint });
        command.Parameters.Add(new() { Value = answer.Status });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(answer.Headers), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = answer.Body });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = now + options.Value.KeepFor });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Of what a request asks for: its body, its query and the condition that it sets.</summary>
    public static byte[] Fingerprint(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(new[] { request.QueryString.Value, request.Headers.IfMatch.ToString(), request.ContentType }));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
