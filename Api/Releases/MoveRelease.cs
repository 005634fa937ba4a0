using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Api.Access;

namespace Slipway.Api.Releases;

/// <summary>A change of state that is asked for.</summary>
/// <param name="Command">deploy, start-canary, promote, fail or roll-back.</param>
/// <param name="Reason">For whoever reads the history; required.</param>
internal sealed record MoveReleaseRequest(ReleaseCommand Command, string Reason)
{
    internal const int MaxReasonLength = 500;

    public static MoveReleaseRequest Read(JsonInput input)
    {
        var request = new MoveReleaseRequest(input.Choice("command", ReleaseStates.Askable) ?? default, input.Text("reason", MaxReasonLength));
        input.RefuseOthers();
        return request;
    }
}

internal static class MoveRelease
{
    public static async Task<Results<Ok<Release>, ProblemHttpResult>> HandleAsync(
        Guid id, HttpContext context, ReleaseStore store, ReleaseMoves moves, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, "releases", MoveReleaseRequest.Read);
        if (!body.IsValid)
        {
            return body.Problem;
        }

        var request = new MoveRequest(body.Value.Command, body.Value.Reason, Client.Of(context).Name, Clock.Now(clock));
        if (await store.GetAsync(id, cancellationToken) is not (var stamp, var release))
        {
            return ReleaseProblems.NoRelease(id.ToString());
        }

        if (!EntityTags.Allows(context.Request, stamp))
        {
            return ReleaseProblems.Changed(release, stamp);
        }

        if (release.State.After(request.Command) is not { } to)
        {
            return ReleaseProblems.NotFromThisState(release, request.Command);
        }

        var moved = await moves.MoveAsync(release, to, request, EntityTags.IsConditional(context.Request) ? stamp : null, cancellationToken);
        var (newStamp, now) = (await store.GetAsync(id, cancellationToken))!.Value;
        if (!moved)
        {
            return EntityTags.Allows(context.Request, newStamp) ? ReleaseProblems.NotFromThisState(now, request.Command) : ReleaseProblems.Changed(now, newStamp);
        }

        context.Response.Headers.ETag = EntityTags.Of(newStamp);

        loggers.CreateLogger("Slipway.Api.Releases").ReleaseMoved(release.Application, release.Version, release.State, to, request.Command, request.Actor);
        return TypedResults.Ok(now);
    }
}
