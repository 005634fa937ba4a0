namespace Slipway.Api;

/// <summary>Names the replica that answered in the header <c>X-Served-By</c>.</summary>
internal static class ServedBy
{
    public const string Header = "X-Served-By";

    public static void UseServedBy(this WebApplication app)
    {
        var name = InstanceOf(app.Configuration["OTEL_RESOURCE_ATTRIBUTES"])
            ?? Guid.CreateVersion7(app.Services.GetRequiredService<TimeProvider>().GetUtcNow()).ToString("N");
        app.Use((context, next) =>
        {
            // At the start of the answer: an exception handler clears the headers that were set before.
            context.Response.OnStarting(() =>
            {
                context.Response.Headers[Header] = name;
                return Task.CompletedTask;
            });
            return next(context);
        });
    }

    /// <summary>Of <c>service.name=api,service.instance.id=k3x</c> the last; null when it isn't there. Values are percent-encoded (OpenTelemetry).</summary>
    internal static string? InstanceOf(string? attributes) => attributes?.Split(',')
        .Select(attribute => attribute.Split('=', 2))
        .Where(attribute => attribute is ["service.instance.id", { Length: > 0 }])
        .Select(attribute => Uri.UnescapeDataString(attribute[1]))
        .FirstOrDefault(value => value.All(character => character is > ' ' and < '\u007f'));
}
