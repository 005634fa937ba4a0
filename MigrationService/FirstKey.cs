using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Slipway.MigrationService;

/// <summary>
/// The key that the first client of a new database has, <c>first.&lt;secret&gt;</c> with every scope, from which all others are made. Its secret is given by
/// whoever sets the application up, in <c>Access:FirstKeySecret</c>; only its hash is stored.
/// </summary>
internal sealed class FirstKey(IConfiguration configuration, TimeProvider clock, ILogger<FirstKey> logger)
{
    public const string Setting = "Access:FirstKeySecret";
    public const string Prefix = "first";

    /// <summary>In characters. The Api takes no longer ones.</summary>
    private const int MinLength = 32;
    private const int MaxLength = 200;

    /// <summary>The hash is a quick one, made for random secrets: what a person makes up from a few characters would be guessed from it.</summary>
    private const int MinDifferent = 10;

    /// <summary>All that the Api knows; a test compares.</summary>
    public static readonly string[] Scopes = ["releases:read", "releases:write", "audit:read", "access:manage"];

    /// <summary>Null: no key is made.</summary>
    private readonly string? _secret = configuration[Setting] is { Length: > 0 } secret ? secret : null;

    /// <summary>Before anything is changed.</summary>
    /// <exception cref="MigrationStoppedException">The secret is weak; the message doesn't repeat it.</exception>
    public void Check()
    {
        var fault = _secret switch
        {
            null => null,
            { Length: < MinLength } => $"it has {_secret.Length} characters and needs {MinLength}",
            { Length: > MaxLength } => $"it has {_secret.Length} characters and may have {MaxLength}",
            _ when _secret.AsSpan().ContainsAnyExceptInRange('!', '~') => "it may have visible ASCII characters only, and no space",
            _ when _secret.Distinct().Count() < MinDifferent => $"it has {_secret.Distinct().Count()} different characters and needs {MinDifferent}",
            _ => null,
        };
        if (fault is not null)
        {
            throw new MigrationStoppedException(ExitCode.Usage, $"{Setting} is too weak: {fault}. Let it be generated, for example by: openssl rand -hex 32");
        }
    }

    /// <summary>
    /// Stores the key where there is none at all, not even a revoked one: a database that was in use keeps the keys that it has, and nobody who has
    /// the first secret gets in again after it was revoked.
    /// </summary>
    public async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_secret is null)
        {
            return;
        }

        var now = clock.GetUtcNow();
        await using var command = new NpgsqlCommand("""
            with made as (
                insert into access_keys (id, prefix, name, scopes, secret_hash, created_at, created_by)
                select $1, $2, 'First key, made at set-up', $3, $4, $5, 'setup' where not exists (select from access_keys)
                returning id, prefix, name, scopes
            )
            insert into audit_entries (at, actor, action, subject_kind, subject_id, details)
            select $5, 'setup', 'key.create', 'key', id, jsonb_build_object('prefix', prefix, 'name', name, 'scopes', scopes) from made
            """, connection)
        {
            Parameters =
            {
                new() { Value = Guid.CreateVersion7(now) }, new() { Value = Prefix }, new() { Value = Scopes },
                new() { Value = SHA256.HashData(Encoding.ASCII.GetBytes(_secret)) }, new() { Value = now },
            },
        };
        if (await command.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
            logger.FirstKeyMade(Prefix);
        }
    }
}
