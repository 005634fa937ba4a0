using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Api.Access;

namespace Slipway.Api.Releases;

/// <summary>An application to be known.</summary>
/// <param name="Name">A DNS label; upper case is stored as lower case.</param>
/// <param name="Description">For people; may be absent.</param>
internal sealed record RegisterApplicationRequest(string Name, string? Description = null)
{
    public static RegisterApplicationRequest Read(JsonInput input)
    {
        var request = new RegisterApplicationRequest(
            input.Text("name", Application.MaxNameLength, Application.NameForm(), Application.NameRule).ToLowerInvariant(),
            input.FreeText("description", Application.MaxDescriptionLength));
        input.RefuseOthers();
        return request;
    }
}

internal static class RegisterApplication
{
    public static async Task<Results<Created<Application>, ProblemHttpResult>> HandleAsync(
        HttpContext context, ApplicationStore store, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, "releases", RegisterApplicationRequest.Read);
        if (!body.IsValid)
        {
            return body.Problem;
        }

        var now = Clock.Now(clock);
        var actor = Client.Of(context).Name;
        var application = new Application(Guid.CreateVersion7(now), body.Value.Name, body.Value.Description ?? "", now, LiveRelease: null);
        if (await store.RegisterAsync(application, actor, cancellationToken) is not { } stamp)
        {
            return Problems.Of(
                StatusCodes.Status409Conflict, "releases:name-taken", "The application's name is taken.",
                $"'{application.Name}' is registered already.", new Dictionary<string, object?> { ["existing"] = $"/applications/{application.Name}" });
        }

        loggers.CreateLogger("Slipway.Api.Releases").ApplicationRegistered(application.Name, actor);
        context.Response.Headers.ETag = EntityTags.Of(stamp);
        return TypedResults.Created($"/applications/{application.Name}", application);
    }
}
