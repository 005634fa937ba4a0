using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace Slipway.TestKit;

/// <summary>Takes logs, spans and metrics over OTLP (HTTP, protobuf) and keeps them as text: protobuf holds strings as UTF-8, which is enough to find them.</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, StringBuilder> _received = new(StringComparer.Ordinal);
    private readonly Task _serving;

    public OtlpCollector()
    {
        Address = $"http://127.0.0.1:{ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture)}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    /// <param name="signal"><c>logs</c>, <c>traces</c> or <c>metrics</c>.</param>
    public string Received(string signal)
    {
        if (!_received.TryGetValue($"/v1/{signal}", out var text))
            return "";
        lock (text)
            return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        ((IDisposable)_listener).Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var text = _received.GetOrAdd(context.Request.Url!.AbsolutePath, static _ => new StringBuilder());
                lock (text)
                    text.Append(Encoding.UTF8.GetString(body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or IOException)
        {
            // Stopped.
        }
    }
}
