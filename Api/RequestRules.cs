using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Slipway.Api.Access;
using Slipway.Api.Access.Keys;
using Slipway.Api.Releases;

namespace Slipway.Api;

/// <summary>Forms and bounds of requests' members, for the document. Requests are judged by their <c>Read</c>; a test with generated bodies compares the two.</summary>
internal static class RequestRules
{
    private static readonly Dictionary<Type, (string Member, Action<OpenApiSchema> Rule)[]> s_rules = new()
    {
        [typeof(RegisterApplicationRequest)] =
        [
            ("name", Text(Application.MaxNameLength, Application.NamePattern)),
            ("description", Text(Application.MaxDescriptionLength)),
        ],
        [typeof(RecordReleaseRequest)] =
        [
            ("version", Text(Release.MaxVersionLength, Release.VersionPattern)),
            ("artifacts", Items(Release.MaxArtifacts)),
            ("configurationDigest", Text(RecordReleaseRequest.DigestLength, Release.DigestPattern)),
            ("schemaVersion", static schema => (schema.Minimum, schema.Maximum) = ("0", int.MaxValue.ToString(CultureInfo.InvariantCulture))),
            ("notes", Text(Release.MaxNotesLength)),
        ],
        [typeof(RecordReleasesRequest)] = [("releases", Items(RecordReleasesRequest.MaxReleases))],
        [typeof(Artifact)] =
        [
            ("name", Text(RecordReleaseRequest.MaxArtifactNameLength, Application.NamePattern)),
            ("image", RequiredText(RecordReleaseRequest.MaxImageLength)),
            ("digest", Text(RecordReleaseRequest.DigestLength, Release.DigestPattern)),
        ],
        [typeof(MoveReleaseRequest)] = [("reason", RequiredText(MoveReleaseRequest.MaxReasonLength))],
        [typeof(CreateKeyRequest)] = [("name", RequiredText(AccessKey.MaxNameLength)), ("scopes", SomeOf(Scopes.All))],
        [typeof(RevokeKeyRequest)] = [("reason", RequiredText(RevokeKeyRequest.MaxReasonLength))],
    };

    public static Task AddAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonPropertyInfo is not null || !s_rules.TryGetValue(context.JsonTypeInfo.Type, out var rules))
        {
            return Task.CompletedTask;
        }

        schema.AdditionalPropertiesAllowed = false;
        foreach (var (member, rule) in rules)
        {
            rule((OpenApiSchema)schema.Properties![member]);
        }

        if (context.JsonTypeInfo.Type == typeof(MoveReleaseRequest))
        {
            // Not all commands: some happen along with others.
            schema.Properties!["command"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = schema.Properties["command"].Description,
                Enum = [.. ReleaseStates.Askable.Select(static command => (JsonNode)ApiJson.Name(command))],
            };
        }

        return Task.CompletedTask;
    }

    private static Action<OpenApiSchema> Text(int maxLength, string? pattern = null) => schema =>
    {
        schema.MaxLength = maxLength;
        schema.Pattern = pattern is null ? null : $"^{pattern}$";
    };

    private static Action<OpenApiSchema> RequiredText(int maxLength) => schema => (schema.MinLength, schema.MaxLength) = (1, maxLength);

    private static Action<OpenApiSchema> Items(int max) => schema => (schema.MinItems, schema.MaxItems) = (1, max);

    private static Action<OpenApiSchema> SomeOf(IReadOnlyList<string> choices) => schema =>
    {
        (schema.MinItems, schema.UniqueItems) = (1, true);
        ((OpenApiSchema)schema.Items!).Enum = [.. choices.Select(static choice => (JsonNode)choice)];
    };
}
