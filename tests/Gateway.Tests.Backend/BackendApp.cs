using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Slipway.Gateway.Tests.Backend;

/// <summary>What stands behind the Gateway in tests: a real Kestrel server that does one thing for each question asked of a proxy.</summary>
/// <remarks>Arguments: <c>--name</c> (X-Served-By), <c>--protocol</c> (Http1 or Http2), <c>--port</c> (0: any).</remarks>
internal static class BackendApp
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        var name = builder.Configuration["name"] ?? "backend";
        var protocol = Enum.Parse<HttpProtocols>(builder.Configuration["protocol"] ?? nameof(HttpProtocols.Http1));
        var port = int.Parse(builder.Configuration["port"] ?? "0");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, port, listen => listen.Protocols = protocol);
        });
        builder.Services.AddSingleton<BackendState>();

        var app = builder.Build();
        app.Use((context, next) =>
        {
            context.Response.Headers["X-Served-By"] = name;
            return next(context);
        });
        app.UseWebSockets();
        app.MapGet("/health/readiness", (BackendState state) => state.Healthy ? Results.Text("Healthy") : Results.StatusCode(503));
        app.MapMethods("/alive", ["GET", "HEAD"], () => Results.Text("Healthy"));
        var group = app.MapGroup("/applications");
        group.Map("/echo", Echo);
        group.Map("/answer/{id}", Answer);
        group.Map("/work", Work);
        group.Map("/break/{id}", Break);
        group.MapGet("/half/{id}", Half);
        group.MapGet("/runs/{id}", (string id, BackendState state) => state.Runs.GetValueOrDefault(id));
        group.MapGet("/hang", (HttpContext context) => Hang(context));
        group.MapMethods("/hang/{id}", ["GET", "POST"], async (HttpContext context, string id, string on, BackendState state) =>
        {
            state.Ran(id);
            if (on == name)
                await Hang(context);
        });
        group.MapGet("/events", Events);
        group.MapPost("/events/next", (BackendState state) => { state.NextEvent.Release(); });
        group.MapPost("/upload/{id}", Upload);
        group.MapGet("/download", Download);
        group.Map("/socket", Socket);
        group.MapPost("/grpc", Grpc);
        group.Map("/who", Who);
        group.Map("/wait/{id}", WaitUntilTold);
        // The page as the Api serves it.
        app.MapGet("/openapi/v1.json", () => Results.Text(
            "{\"openapi\":\"3.1.1\",\"info\":{\"title\":\"Backend\",\"version\":\"1\"},\"paths\":{}}", "application/json"));
        app.UseSwaggerUI(static page =>
        {
            page.RoutePrefix = "docs";
            page.SwaggerEndpoint("../openapi/v1.json", "Backend");
        });
        return app;
    }

    /// <summary>
    /// Answers with the headers that the request names in <c>header=Name:value</c> and the text of <c>body</c>, repeated <c>times</c>; 304 to
    /// an If-None-Match that names the ETag. The number of the run is in X-Run.
    /// </summary>
    private static async Task Answer(HttpContext context, string id, BackendState state, string? body, int? times, int? status, [FromQuery] string[]? header)
    {
        context.Response.Headers["X-Run"] = state.Ran(id).ToString();
        context.Response.StatusCode = status ?? StatusCodes.Status200OK;
        foreach (var line in header ?? [])
            context.Response.Headers.Append(line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..]);
        if (context.Response.Headers.ETag is [{ } tag] && context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType ??= "text/plain";
        for (var i = 0; i < (times ?? 1) && !HttpMethods.IsHead(context.Request.Method); i++)
            await context.Response.WriteAsync(body ?? id, context.RequestAborted);
    }

    /// <summary>The request as it arrived.</summary>
    private static IResult Echo(HttpContext context) => Results.Json(new EchoedRequest(
        context.Request.Method,
        context.Request.Protocol,
        context.Request.Path + context.Request.QueryString.Value,
        context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));

    /// <summary>A short piece of work, long enough that a kill finds some of it unfinished.</summary>
    private static async Task<IResult> Work(HttpContext context, BackendState state, string? id)
    {
        if (id is not null)
            state.Ran(id);
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, context.RequestAborted);
        return Results.Json(new { id });
    }

    /// <summary>Cuts the connection the first time that an id comes, without a byte of an answer; answers afterwards.</summary>
    private static async Task<IResult> Break(HttpContext context, string id, BackendState state)
    {
        using var body = new StreamReader(context.Request.Body);
        var text = await body.ReadToEndAsync(context.RequestAborted);
        if (state.Ran(id) > 1)
            return Results.Text(text.Length > 0 ? text : "whole");
        context.Abort();
        return Results.Empty;
    }

    /// <summary>Cuts the connection in the middle of the answer the first time that an id comes; with <paramref name="told"/>, when told to.</summary>
    private static async Task Half(HttpContext context, string id, bool? told, BackendState state)
    {
        context.Response.ContentType = "text/plain";
        context.Response.Headers.CacheControl = "public, max-age=60";
        await context.Response.WriteAsync("first half, ");
        await context.Response.Body.FlushAsync();
        var runs = state.Ran(id);
        if (told == true)
            await state.NextEvent.WaitAsync(context.RequestAborted);
        if (runs == 1)
            context.Abort();
        else
            await context.Response.WriteAsync("second half");
    }

    private static Task Hang(HttpContext context)
    {
        var forever = new TaskCompletionSource();
        context.RequestAborted.Register(forever.SetResult);
        return forever.Task;
    }

    /// <summary>Authenticates as the Api does: by a key that the test has entered, telling the Gateway whose it is.</summary>
    private static IResult Who(HttpContext context, BackendState state)
    {
        var key = context.Request.Headers["X-Api-Key"].ToString();
        if (key.Length == 0)
            return Results.Text("nobody");
        if (!state.Keys.TryGetValue(key, out var client))
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        context.Response.Headers["X-Slipway-Client"] = client;
        return Results.Text(client);
    }

    /// <summary>Answers when the test says so; the order of arrival is kept.</summary>
    private static async Task<IResult> WaitUntilTold(HttpContext context, string id, BackendState state)
    {
        state.Arrived.Enqueue(id);
        await state.NextEvent.WaitAsync(context.RequestAborted);
        return Results.Text(id);
    }

    /// <summary>Sends the second event only after it was asked to: a proxy that buffers would never deliver the first.</summary>
    private static async Task Events(HttpContext context, BackendState state)
    {
        context.Response.ContentType = "text/event-stream";
        for (var i = 1; i <= 3; i++)
        {
            await context.Response.WriteAsync($"data: {i}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await state.NextEvent.WaitAsync(context.RequestAborted);
        }
    }

    private static async Task<string> Upload(HttpContext context, string id, BackendState state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            state.Ran(id);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>As many bytes as asked for, the n-th being n modulo 251.</summary>
    private static async Task Download(HttpContext context, long bytes)
    {
        context.Response.ContentType = "application/octet-stream";
        var buffer = new byte[251 * 256];
        for (var i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)(i % 251);
        for (var left = bytes; left > 0; left -= buffer.Length)
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), context.RequestAborted);
    }

    private static async Task Socket(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            if (received.MessageType == WebSocketMessageType.Close)
                break;
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
    }

    /// <summary>Sends each piece back as it comes and ends with the trailers of gRPC.</summary>
    private static async Task Grpc(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        context.Response.AppendTrailer("grpc-status", "0");
    }
}

internal sealed record EchoedRequest(string Method, string Protocol, string Path, Dictionary<string, string> Headers);

internal sealed class BackendState : IDisposable
{
    public ConcurrentDictionary<string, int> Runs { get; } = new();

    /// <summary>By credential: the name of its client.</summary>
    public ConcurrentDictionary<string, string> Keys { get; } = new();

    public ConcurrentQueue<string> Arrived { get; } = new();

    public SemaphoreSlim NextEvent { get; } = new(0);

    public bool Healthy { get; set; } = true;

    /// <returns>How often the id has come, this time included.</returns>
    public int Ran(string id) => Runs.AddOrUpdate(id, 1, (_, runs) => runs + 1);

    public void Dispose() => NextEvent.Dispose();
}
