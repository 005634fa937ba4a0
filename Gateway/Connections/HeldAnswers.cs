namespace Slipway.Gateway.Connections;

/// <summary>Holds the beginning of an answer to a repeatable request until it is complete, long, or late, so that a break is still repairable.</summary>
/// <remarks>
/// A replica killed between the first and the last byte of a small answer would leave the client with half of it: once relayed, nothing can
/// be repeated. Bounded in bytes and time; streams are not held at all.
/// </remarks>
internal sealed class HeldAnswers(HttpMessageHandler inner, ConnectionOptions options, TimeProvider clock) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (!IsHeld(request, response))
            return response;
        try
        {
            var content = response.Content;
            var body = new HeldBody(await content.ReadAsStreamAsync(cancellationToken), options.HoldBytes);
            response.Content = new HeldContent(body, content);
            await body.Hold(options.HoldTime, clock, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private bool IsHeld(HttpRequestMessage request, HttpResponseMessage response) =>
        options.HoldTime > TimeSpan.Zero && options.HoldBytes > 0
        && request.Content is null && request.Method != HttpMethod.Head && request.Method != HttpMethod.Connect
        && (int)response.StatusCode is >= 200 and not 204 and not 304
        && !(response.Content.Headers.ContentLength > options.HoldBytes)
        && !IsStream(response.Content.Headers.ContentType?.MediaType);

    private static bool IsStream(string? mediaType) =>
        mediaType is not null
        && (mediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)
            || mediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            || mediaType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase));

    /// <summary>The original headers over the held body. The original content is disposed with it: its trailers and connection hang on it.</summary>
    private sealed class HeldContent : StreamContent
    {
        private readonly HttpContent _original;

        public HeldContent(HeldBody body, HttpContent original)
            : base(body)
        {
            _original = original;
            foreach (var header in original.Headers.NonValidated)
                Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
                _original.Dispose();
        }
    }
}
