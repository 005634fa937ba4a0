namespace Aspire.Hosting.Postgres;

/// <summary>Images that the containers start from.</summary>
internal static class PostgresContainerImageTags
{
    public const string Registry = "docker.io";
    public const string Image = "library/postgres";
    public const string Tag = "18.3";

    public const string PgAdminRegistry = "docker.io";
    public const string PgAdminImage = "dpage/pgadmin4";
    public const string PgAdminTag = "9.9.0";

    public const string PgWebRegistry = "docker.io";
    public const string PgWebImage = "sosedoff/pgweb";
    public const string PgWebTag = "0.16.2";
}
