using Slipway.Api.Access;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Slipway.Api.Database;

namespace Slipway.Api.Idempotency;

/// <summary>Gives a request with a key that was answered before the same answer again, and carries any other out together with keeping its answer.</summary>
/// <remarks>
/// Claim, effect and answer are one transaction of PostgreSQL. A crash between any two of them leaves none of them, so the repeated request
/// runs as the first; after the commit the answer is there for whoever asks again. There is no claim that outlives its owner, and no second
/// run beside a first one: the claim is a lock of the transaction itself.
/// </remarks>
internal sealed class IdempotentWrites : IEndpointFilter
{
    /// <summary>In seconds, for a request whose key is in flight.</summary>
    private const string RetryAfter = "1";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (!http.Request.Headers.TryGetValue(IdempotencyKey.Header, out var header))
        {
            return await next(context);
        }

        if (IdempotencyKey.Parse(header) is not { } key)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "idempotency:malformed-key", "The idempotency key is malformed.", IdempotencyKey.Rule);
        }

        var body = await BufferAsync(http.Request, http.RequestAborted);
        var scope = new IdempotencyScope(Client.Of(http).Name, http.Request.Method, http.Request.Path, key);
        return await AnswerAsync(scope, IdempotencyStore.Fingerprint(http.Request, body), http, async () => await next(context));
    }

    private static async Task<IResult> AnswerAsync(IdempotencyScope scope, byte[] fingerprint, HttpContext http, Func<Task<object?>> carryOut)
    {
        var session = http.RequestServices.GetRequiredService<DatabaseSession>();
        var store = http.RequestServices.GetRequiredService<IdempotencyStore>();
        var metrics = http.RequestServices.GetRequiredService<IdempotencyMetrics>();
        await using var kept = await session.KeepAsync(http.RequestAborted);
        if (!await store.TryClaimAsync(scope, http.RequestAborted))
        {
            metrics.Count("in-flight");
            http.Response.Headers.RetryAfter = RetryAfter;
            return Problems.Of(
                StatusCodes.Status409Conflict, "idempotency:in-flight", "A request with this idempotency key is in flight.", "Send it again after Retry-After: then its answer is there.");
        }

        if (await store.FindAsync(scope, http.RequestAborted) is var (answered, earlier))
        {
            var isSame = CryptographicOperations.FixedTimeEquals(answered, fingerprint);
            metrics.Count(isSame ? "replayed" : "reused");
            return isSame ? earlier : Problems.Of(
                StatusCodes.Status422UnprocessableEntity, "idempotency:key-reused", "The idempotency key belongs to another request.",
                "It was used here with another body, query or If-Match; take a new key for each request.");
        }

        var answer = await KeptAnswer.OfAsync(http, await carryOut());
        if (answer.IsFinal)
        {
            await store.KeepAsync(scope, fingerprint, answer, http.RequestAborted);
            // From here on the client's leaving must not decide.
            await kept.CommitAsync(CancellationToken.None);
            metrics.Count("kept");
        }

        return answer;
    }

    /// <summary>Reads the body, which Kestrel bounds, and lets it be read once more.</summary>
    private static async Task<byte[]> BufferAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        var body = buffer.ToArray();
        request.Body = new MemoryStream(body, writable: false);
        return body;
    }
}

internal static class IdempotencyRegistration
{
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<IdempotencyOptions>, IdempotencyOptionsValidator>();
        services.AddOptionsWithValidateOnStart<IdempotencyOptions>().BindConfiguration(IdempotencyOptions.Section);
        services.AddScoped<IdempotencyStore>().AddSingleton<IdempotencyMetrics>().AddHostedService<ExpiredKeys>();
    }

    /// <summary>Takes <c>Idempotency-Key</c>. For endpoints whose writes go through <see cref="DatabaseSession"/> and whose answers hold no secret: they are kept.</summary>
    public static RouteHandlerBuilder WithIdempotencyKey(this RouteHandlerBuilder endpoint) => endpoint
        .AddEndpointFilter<IdempotentWrites>()
        .WithMetadata(new TakesIdempotencyKey())
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = IdempotencyKey.Header,
                In = ParameterLocation.Header,
                Description = "A new text for each new request, in quotes; the request may then be repeated and has its effect once.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 3, MaxLength = (2 * IdempotencyKey.MaxLength) + 2, Pattern = "^\"([ !#-\\[\\]-~]|\\\\[\"\\\\])+\"$" },
            });
            return Task.CompletedTask;
        });
}

/// <summary>On endpoints that do.</summary>
internal sealed class TakesIdempotencyKey;
