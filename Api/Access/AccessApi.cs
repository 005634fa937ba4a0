using Slipway.Api.Access.Keys;

namespace Slipway.Api.Access;

internal static class AccessApi
{
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/access/keys").WithTags("Access").RequireScope(Scopes.AccessManage)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapPost("/", CreateKey.HandleAsync).WithName("CreateKey").WithSummary("Make a key; its secret is answered this once")
            .TakesJson<CreateKeyRequest>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict);
        group.MapGet("/", ReadKeys.ListAsync).WithName("ListKeys").WithSummary("All keys without their secrets, newest first")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("/{prefix}", ReadKeys.GetAsync).WithName("GetKey").WithSummary("A key without its secret")
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/{prefix}/rotate", RotateKey.HandleAsync).WithName("RotateKey").WithSummary("Give a key a new secret; it is answered this once")
            .WithDescription("The new secret is taken at once. The old one ends at once too, or at the time that is given.")
            .TakesJson<RotateKeyRequest>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPost("/{prefix}/revoke", RevokeKey.HandleAsync).WithName("RevokeKey").WithSummary("End a key, on every replica within a second")
            .TakesJson<RevokeKeyRequest>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }
}
