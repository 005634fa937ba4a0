using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Slipway.Api.Access.Keys;
using Slipway.Api.Releases;

namespace Slipway.Api;

/// <summary>One example for each request, valid as it stands, for the document and the page.</summary>
internal static class RequestExamples
{
    public static string? Of(Type type) => type switch
    {
        _ when type == typeof(RegisterApplicationRequest) => """{ "name": "shop", "description": "The web shop" }""",
        _ when type == typeof(RecordReleaseRequest) => """
            {
              "version": "1.4.0",
              "artifacts": [
                {
                  "name": "web",
                  "image": "registry.example/shop/web:1.4.0",
                  "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                }
              ],
              "configurationDigest": "sha256:60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
              "schemaVersion": 7,
              "notes": "Faster checkout"
            }
            """,
        _ when type == typeof(RecordReleasesRequest) => """
            {
              "releases": [
                {
                  "version": "1.4.0",
                  "artifacts": [
                    {
                      "name": "web",
                      "image": "registry.example/shop/web:1.4.0",
                      "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                    }
                  ]
                }
              ]
            }
            """,
        _ when type == typeof(MoveReleaseRequest) => """{ "command": "deploy", "reason": "Release train of the week" }""",
        _ when type == typeof(CreateKeyRequest) => """{ "name": "Build server", "scopes": ["releases:read", "releases:write"], "expiresAt": "2099-12-31T00:00:00Z" }""",
        _ when type == typeof(RotateKeyRequest) => "{}",
        _ when type == typeof(RevokeKeyRequest) => """{ "reason": "The build server was replaced" }""",
        _ => null,
    };

    public static Task AddAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonPropertyInfo is null && Of(context.JsonTypeInfo.Type) is { } example)
        {
            schema.Examples = [JsonNode.Parse(example)!];
            schema.AdditionalPropertiesAllowed = false;
        }

        return Task.CompletedTask;
    }
}
