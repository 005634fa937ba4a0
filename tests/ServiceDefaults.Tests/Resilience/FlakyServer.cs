using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Tests.Resilience;

/// <summary>A real server whose answers are scripted by the number of the request, from 1.</summary>
internal sealed class FlakyServer(WebApplication app) : IAsyncDisposable
{
    private int _requests;

    public int Requests => Volatile.Read(ref _requests);

    public Uri Address => new(app.Urls.Single());

    public static async Task<FlakyServer> StartAsync(Func<int, HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new FlakyServer(app);
        app.Run(context => answer(Interlocked.Increment(ref server._requests), context));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Fails the first <paramref name="times"/> requests with <paramref name="status"/>.</summary>
    public static Task<FlakyServer> FailingAsync(int times, int status = 503) => StartAsync((number, context) =>
    {
        context.Response.StatusCode = number <= times ? status : 200;
        return Task.CompletedTask;
    });

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
