using Slipway.Api.Access;

namespace Slipway.Api.Audit;

internal static class AuditApi
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/audit").WithTags("Audit").RequireScope(Scopes.AuditRead);
        group.MapGet("/", ListAudit.HandleAsync).WithName("ListAudit").WithSummary("Who did what, newest first")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }
}
