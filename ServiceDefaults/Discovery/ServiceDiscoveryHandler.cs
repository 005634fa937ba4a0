namespace Slipway.ServiceDefaults.Discovery;

/// <summary>Sends a request for a service's name to one of its addresses.</summary>
internal sealed class ServiceDiscoveryHandler(ServiceAddresses addresses) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } logical)
            return await base.SendAsync(request, cancellationToken);

        request.RequestUri = addresses.Next(logical);
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            // A retry sends the same message again; it has to name the service, not the address that just failed.
            request.RequestUri = logical;
        }
    }
}
