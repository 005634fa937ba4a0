using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Api.Idempotency;

/// <summary>An answer as it was given, to be given again.</summary>
/// <param name="Status">Of the response.</param>
/// <param name="Headers">Those that belong to the answer; the others are made anew for each response.</param>
/// <param name="Body">As sent.</param>
/// <param name="IsReplayed">True when it was given before: marked by <see cref="ReplayedHeader"/>.</param>
internal sealed record KeptAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool IsReplayed) : IResult
{
    public const string ReplayedHeader = "Idempotency-Replayed";

    private static readonly string[] s_kept = ["Content-Type", "Location", "ETag"];

    /// <summary>
    /// True for what was carried out and for what the state of things forbade. Malformed requests were not begun, and failures must be tried again.
    /// </summary>
    public bool IsFinal => Status is (>= 200 and < 300) or StatusCodes.Status404NotFound or StatusCodes.Status409Conflict or StatusCodes.Status412PreconditionFailed;

    /// <summary>Executes the result without sending anything.</summary>
    public static async Task<KeptAnswer> OfAsync(HttpContext context, object? result)
    {
        var wire = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var buffer = new MemoryStream();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(buffer));
        try
        {
            await (result as IResult ?? TypedResults.Ok(result)).ExecuteAsync(context);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        finally
        {
            context.Features.Set(wire);
        }

        var headers = s_kept.Where(name => context.Response.Headers.ContainsKey(name)).ToDictionary(name => name, name => context.Response.Headers[name].ToString());
        return new KeptAnswer(context.Response.StatusCode, headers, buffer.ToArray(), IsReplayed: false);
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            httpContext.Response.Headers[name] = value;
        }

        if (IsReplayed)
        {
            httpContext.Response.Headers[ReplayedHeader] = "true";
        }

        if (Body.Length > 0)
        {
            httpContext.Response.ContentLength = Body.Length;
            await httpContext.Response.Body.WriteAsync(Body, httpContext.RequestAborted);
        }
    }
}
