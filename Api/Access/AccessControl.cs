using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Api.Access.Tokens;

namespace Slipway.Api.Access;

/// <summary>Lets a request through to an endpoint only from a client that has the endpoint's scope, or where the endpoint is open to everybody.</summary>
internal sealed class AccessControl(
    RequestDelegate next, Authentication authentication, TokenVerification tokens, Refusals refusals, AccessMetrics metrics)
{
    /// <summary>Tells the Gateway, which takes it off, who was authenticated.</summary>
    public const string ClientHeader = "X-Slipway-Client";

    public Task InvokeAsync(HttpContext context)
    {
        // What is no route is what routing answers itself: 404, 405, 415. Nobody learns from these what he may not read in the document.
        return context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            ? next(context)
            : GuardAsync(context, endpoint);
    }

    private async Task GuardAsync(HttpContext context, RouteEndpoint endpoint)
    {
        var scope = endpoint.Metadata.GetMetadata<RequiredScope>()?.Scope
            ?? throw new InvalidOperationException($"{endpoint.DisplayName} says neither RequireScope nor AllowAnonymous: it is refused to everybody.");
        var identity = await authentication.IdentifyAsync(context);
        if (identity.Client is not { } client)
        {
            metrics.Count(identity.Refusal);
            refusals.Note(identity.Who, ClientAddress.Of(context), identity.Refusal, scope);
            await RefuseAsync(context, identity);
            return;
        }

        // At the start of the answer: an exception handler clears the headers that were set before.
        context.Response.OnStarting(
            static state =>
            {
                var (response, name) = ((HttpResponse, string))state;
                response.Headers[ClientHeader] = name;
                return Task.CompletedTask;
            },
            (context.Response, client.Name));
        if (!client.May(scope))
        {
            metrics.Count("forbidden");
            refusals.Note(client.Name, ClientAddress.Of(context), "forbidden", scope);
            context.Response.Headers.WWWAuthenticate = Challenge("insufficient_scope", $", scope=\"{scope}\"");
            await AccessProblems.ScopeNeeded(scope).ExecuteAsync(context);
            return;
        }

        metrics.Count("accepted");
        context.Features.Set(client);
        await next(context);
    }

    private Task RefuseAsync(HttpContext context, Identity identity)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (identity.Refusal == "delayed")
        {
            var seconds = Math.Max(1, (int)Math.Ceiling(identity.Wait.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return AccessProblems.TooManyGuesses(seconds).ExecuteAsync(context);
        }

        ProblemHttpResult problem;
        (problem, context.Response.Headers.WWWAuthenticate) = identity.Refusal == "none"
            ? (AccessProblems.CredentialNeeded(), Challenge(error: null, ""))
            : (AccessProblems.CredentialRefused(identity.Detail), Challenge("invalid_token", ""));
        return problem.ExecuteAsync(context);
    }

    /// <summary>Bearer as in RFC 6750; keys have no registered scheme, but 401 needs one (RFC 9110).</summary>
    private string[] Challenge(string? error, string more)
    {
        const string realm = "realm=\"slipway\"";
        var key = $"ApiKey {realm}, header=\"{Credential.KeyHeader}\"";
        return tokens.IsOn ? [key, error is null ? $"Bearer {realm}" : $"Bearer {realm}, error=\"{error}\"{more}"] : [key];
    }
}
