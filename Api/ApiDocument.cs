using System.Globalization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Slipway.Api.Access;

namespace Slipway.Api;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and a page to try it at <c>/docs</c>.</summary>
internal static class ApiDocument
{
    private const string KeyScheme = "apiKey";
    private const string TokenScheme = "bearer";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", static options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info.Title = "Slipway Api";
            document.Info.Description =
                "Applications, their releases and what happened to them. Errors are problem details (RFC 9457) whose `type` is stable. "
                + "Each operation says which scope it needs; the audit records whose credential it was. "
                + "White space around texts of requests is taken off before they are looked at.";
            // The address that it was read from: the Gateway's for whoever comes through the Gateway.
            document.Servers = [new() { Url = "/" }];
            AddSchemes(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(AddAccessAsync);
        options.AddOperationTransformer(AddLimitAsync);
        options.AddSchemaTransformer(RequestExamples.AddAsync);
        options.AddSchemaTransformer(RequestRules.AddAsync);
    });

    public static void MapApiDocument(this WebApplication app)
    {
        // There is one document: other names are no routes, and are answered as such.
        app.MapOpenApi("/openapi/v1.json").AllowAnonymous();
        app.UseSwaggerUI(static page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Slipway Api";
            page.SwaggerEndpoint("../openapi/v1.json", "Slipway Api v1");
        });
    }

    private static void AddSchemes(OpenApiDocument document)
    {
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = Credential.KeyHeader,
                Description = "An API key, `prefix.secret`, made at /access/keys.",
            },
            [TokenScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "A token of the issuer in `Access:Jwt`, signed with RS256 or ES256. Refused where no issuer is configured.",
            },
        };
    }

    /// <summary>How large a page may be; the parameter is read as text so that a wrong one is told of together with other errors.</summary>
    private static Task AddLimitAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(static parameter => parameter is { Name: "limit", In: ParameterLocation.Query }))
        {
            parameter.Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = PageRequest.MaxLimit.ToString(CultureInfo.InvariantCulture),
                Default = PageRequest.DefaultLimit,
            };
        }

        return Task.CompletedTask;
    }

    /// <summary>Either credential, with the endpoint's scope; and what is answered without.</summary>
    private static Task AddAccessAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RequiredScope>().LastOrDefault() is { Scope: var scope })
        {
            operation.Security =
            [
                new() { [new OpenApiSecuritySchemeReference(KeyScheme, context.Document)] = [scope] },
                new() { [new OpenApiSecuritySchemeReference(TokenScheme, context.Document)] = [scope] },
            ];
            operation.Description = $"{operation.Description} Needs the scope `{scope}`.".TrimStart();
        }

        return Task.CompletedTask;
    }
}
