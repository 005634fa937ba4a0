using Npgsql;
using NpgsqlTypes;
using Slipway.Api.Audit;
using Slipway.Api.Cache;
using Slipway.Api.Database;

namespace Slipway.Api.Releases;

/// <summary>The table <c>applications</c>. Names are given in lower case.</summary>
internal sealed class ApplicationStore(DatabaseSession session)
{
    /// <returns>The stamp; null when the name is taken: nothing was written.</returns>
    public async Task<Guid?> RegisterAsync(Application application, string actor, CancellationToken cancellationToken)
    {
        await using var write = await session.BeginAsync(cancellationToken);
        await using var command = new NpgsqlCommand("""
            insert into applications (id, name, description, registered_at) values ($1, $2, $3, $4) on conflict (name) do nothing
            returning stamp
            """, write.Connection)
        {
            Parameters =
            {
                new() { Value = application.Id }, new() { Value = application.Name },
                new() { Value = application.Description }, new() { Value = application.RegisteredAt },
            },
        };
        if (await command.ExecuteScalarAsync(cancellationToken) is not Guid stamp)
        {
            return null;
        }

        await AuditStore.AppendAsync(
            write.Connection, application.RegisteredAt, actor, "application.register", application.Id, application.Name, new { application.Name }, cancellationToken);
        await write.CommitAsync(cancellationToken);
        return stamp;
    }

    /// <summary>Null when there is none of this name.</summary>
    public async Task<Guid?> StampAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = session.Command("select stamp from applications where name = $1");
        command.Parameters.Add(new() { Value = name });
        return (Guid?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Null when there is none of this name.</summary>
    public async Task<Stamped<Application>?> GetAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            select a.id, a.name, a.description, a.registered_at, r.id, r.version, a.stamp
            from applications a left join releases r on r.application_id = a.id and r.state = 'live'
            where a.name = $1
            """);
        command.Parameters.Add(new() { Value = name });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new Stamped<Application>(reader.GetGuid(6), Read(reader)) : null;
    }

    /// <summary>By name.</summary>
    public async Task<Page<Application>> ListAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            select a.id, a.name, a.description, a.registered_at, r.id, r.version
            from applications a left join releases r on r.application_id = a.id and r.state = 'live'
            where $1::text is null or a.name > $1
            order by a.name limit $2
            """);
        command.Parameters.Add(new() { Value = (object?)page.After ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = page.Limit + 1 });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applications = new List<Application>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applications.Add(Read(reader));
        }

        return Page<Application>.Of(applications, page.Limit, ListApplications.List, application => application.Name);
    }

    private static Application Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
        reader.IsDBNull(4) ? null : new LiveRelease(reader.GetGuid(4), reader.GetString(5)));
}
