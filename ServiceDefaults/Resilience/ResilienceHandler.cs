using Polly;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>Sends a request through the pipeline of its client and authority.</summary>
internal sealed class ResilienceHandler(string client, ResiliencePipelines pipelines) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(ResiliencePipelines.Request, request);
        try
        {
            return await pipelines.For(client, request.RequestUri).ExecuteAsync(
                static async (context, handler) => await handler.SendOnceAsync(context),
                context,
                this);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private Task<HttpResponseMessage> SendOnceAsync(ResilienceContext context) =>
        base.SendAsync(context.Properties.GetValue(ResiliencePipelines.Request, null!), context.CancellationToken);
}
