using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Slipway.Gateway.Forwarding;
using Slipway.Gateway.Protection.Clients;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>Counts a request against its limits, tells the client where he stands, and refuses with 429 what goes beyond.</summary>
/// <remarks>
/// Headers by draft-ietf-httpapi-ratelimit-headers-11: <c>RateLimit-Policy: "client-minute";q=60;w=60</c> and
/// <c>RateLimit: "client-minute";r=59;t=59</c>. A refusal names in <c>RateLimit</c> only the limits that were met, since the draft's section 6 wants no
/// effective window to end after Retry-After.
/// </remarks>
internal sealed class RateLimiting(
    RequestDelegate next, RateLimits limits, LimitRules rules, ClientOf clientOf, ProtectionMetrics metrics, IOptions<GatewayOptions> options)
{
    private const string PolicyHeader = "RateLimit-Policy";
    private const string LimitHeader = "RateLimit";

    private readonly bool _exemptHealth = options.Value.Limits.ExemptHealth;

    public Task InvokeAsync(HttpContext context) => _exemptHealth && context.IsExempt() ? next(context) : Limit(context);

    private async Task Limit(HttpContext context)
    {
        var applied = rules.For(clientOf.Request(context), rules.RouteOf(context.Request));
        if (applied.Quotas.Count == 0)
        {
            await next(context);
            return;
        }

        var decision = await limits.DecideAsync(applied);
        context.Response.OnStarting(static state => ((Told)state).Write(), new Told(context.Response, applied.Policy, Standing(applied, decision)));
        if (decision.Allowed)
        {
            metrics.Allowed(applied.Client, decision.By);
            await next(context);
        }
        else
        {
            await Refuse(context, applied, decision);
        }
    }

    private Task Refuse(HttpContext context, AppliedLimits applied, LimitDecision decision)
    {
        var violated = new List<string>(1);
        var seconds = 1L;
        for (var i = 0; i < decision.Debts.Length; i++)
        {
            var (quota, debt) = (applied.Quotas[i], decision.Debts[i]);
            if (quota.Allows(debt))
                continue;
            violated.Add(quota.Name);
            seconds = Math.Max(seconds, quota.EffectiveWindowSeconds(debt));
            metrics.Refused(quota.Name, decision.By);
        }

        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem(
            $"More requests came than {string.Join(" and ", violated)} allows. The request was not sent on.",
            statusCode: StatusCodes.Status429TooManyRequests, title: "Too many requests", type: GatewayProblems.Urn("too-many-requests"),
            // Named as in the draft's own problem type.
            extensions: new Dictionary<string, object?> { ["violated-policies"] = violated }).ExecuteAsync(context);
    }

    private static string Standing(AppliedLimits applied, LimitDecision decision)
    {
        var text = new StringBuilder(64);
        for (var i = 0; i < decision.Debts.Length; i++)
        {
            var (quota, debt) = (applied.Quotas[i], decision.Debts[i]);
            if (!decision.Allowed && quota.Allows(debt))
                continue;
            text.Append(text.Length == 0 ? "" : ", ")
                .Append(CultureInfo.InvariantCulture, $"\"{quota.Name}\";r={(decision.Allowed ? quota.Remaining(debt) : 0)};t={quota.EffectiveWindowSeconds(debt)}");
        }

        return text.ToString();
    }

    /// <summary>Written last, over whatever a cache kept of another client's answer.</summary>
    private sealed class Told(HttpResponse response, string policy, string standing)
    {
        public Task Write()
        {
            response.Headers[PolicyHeader] = policy;
            response.Headers[LimitHeader] = standing;
            return Task.CompletedTask;
        }
    }
}
