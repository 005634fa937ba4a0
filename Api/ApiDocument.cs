namespace Slipway.Api;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and a page to try it at <c>/docs</c>.</summary>
internal static class ApiDocument
{
    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", static options =>
    {
        options.OpenApiVersion = Microsoft.OpenApi.OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info.Title = "Slipway Api";
            document.Info.Description =
                "Applications, their releases and what happened to them. Errors are problem details (RFC 9457) whose `type` is stable. "
                + "Name yourself in the header `X-Slipway-Actor`: the audit records it.";
            // The address that it was read from: the Gateway's for whoever comes through the Gateway.
            document.Servers = [new() { Url = "/" }];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer(RequestExamples.AddAsync);
    });

    public static void MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi();
        app.UseSwaggerUI(static page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Slipway Api";
            page.SwaggerEndpoint("../openapi/v1.json", "Slipway Api v1");
        });
    }
}
