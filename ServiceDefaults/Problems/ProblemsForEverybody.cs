using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>
/// Writes problems to those too whose <c>Accept</c> names no JSON. The framework's own writer leaves these to whoever asked for the writing: some
/// answers would be plain text then, and others a problem without its trace (RFC 9110 section 12.5.1 lets a server disregard the header).
/// </summary>
internal sealed class ProblemsForEverybody : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    /// <summary>By the framework's writer, which finishes the problem; what the client accepts has been looked at for the last time before.</summary>
    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        context.HttpContext.Request.Headers.Remove(HeaderNames.Accept);
        var writer = context.HttpContext.RequestServices.GetServices<IProblemDetailsWriter>().First(writer => writer is not ProblemsForEverybody && writer.CanWrite(context));
        return writer.WriteAsync(context);
    }
}
