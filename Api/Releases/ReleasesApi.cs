using Slipway.Api.Access;
using Slipway.Api.Idempotency;

namespace Slipway.Api.Releases;

internal static class ReleasesApi
{
    public static void MapApplications(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/applications").WithTags("Applications").RequireScope(Scopes.ReleasesRead)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapPost("/", RegisterApplication.HandleAsync).WithName("RegisterApplication").WithSummary("Make an application known")
            .RequireScope(Scopes.ReleasesWrite).TakesJson<RegisterApplicationRequest>().WithIdempotencyKey()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict);
        group.MapGet("/", ListApplications.HandleAsync).WithName("ListApplications").WithSummary("All applications by name")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("/{name}", GetApplication.HandleAsync).WithName("GetApplication").WithSummary("An application and its live release")
            .Produces<Application>().AnswersEntityTag().ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/{name}/releases", RecordRelease.HandleAsync).WithName("RecordRelease").WithSummary("Record a release of an application")
            .WithDescription("201 when it is new, 200 when the same was recorded before, 409 when the version stands for another content.")
            .RequireScope(Scopes.ReleasesWrite).TakesJson<RecordReleaseRequest>().WithIdempotencyKey()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPost("/{name}/releases/bulk", RecordReleases.HandleAsync).WithName("RecordReleases").WithSummary("Record several releases of an application, all or none")
            .WithDescription("At most 100. 201 when at least one is new, 200 when all were recorded before; errors name each release by its index, and then nothing was recorded.")
            .RequireScope(Scopes.ReleasesWrite).TakesJson<RecordReleasesRequest>().WithIdempotencyKey()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        group.MapGet("/{name}/releases", ListReleases.HandleAsync).WithName("ListReleases").WithSummary("An application's releases, newest first")
            .Produces<Page<ReleaseSummary>>().AnswersEntityTag().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        group.MapGet("/{name}/releases/{version}", GetRelease.ByVersionAsync).WithName("GetReleaseByVersion").WithSummary("A release by its version")
            .Produces<Release>().AnswersEntityTag().ProducesProblem(StatusCodes.Status404NotFound);
    }

    public static void MapReleases(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/releases").WithTags("Releases").RequireScope(Scopes.ReleasesRead)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/{id:guid}", GetRelease.ByIdAsync).WithName("GetRelease").WithSummary("A release with its history")
            .Produces<Release>().AnswersEntityTag().ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/{id:guid}/transitions", MoveRelease.HandleAsync).WithName("MoveRelease").WithSummary("Change a release's state")
            .WithDescription("With If-Match only while the release is the one read (412 otherwise). Promoting supersedes the live release. Rolling the live release back restores the one that it had superseded.")
            .RequireScope(Scopes.ReleasesWrite).TakesJson<MoveReleaseRequest>().WithIdempotencyKey().TakesIfMatch().ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }
}
