using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds a command that sends a request to the resource; enabled while the resource is healthy.</summary>
    /// <param name="endpointName">Null: <c>https</c>, or else <c>http</c>.</param>
    /// <param name="commandName">Null: made of endpoint, method and path.</param>
    /// <exception cref="DistributedApplicationException">There is no such endpoint, or it doesn't speak HTTP.</exception>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        string? endpointName = null,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        Func<EndpointReference>? selector = endpointName is null
            ? null
            : () => NamedHttpEndpoint(builder.Resource, [endpointName], "HTTP command");
        return builder.WithHttpCommand(path, displayName, selector, commandName, commandOptions);
    }

    /// <inheritdoc cref="WithHttpCommand{TResource}(IResourceBuilder{TResource}, string, string, string?, string?, HttpCommandOptions?)"/>
    /// <param name="endpointSelector">Null: that of the options, or <c>https</c>, or else <c>http</c>.</param>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        Func<EndpointReference>? endpointSelector,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(displayName);
        var options = commandOptions ?? new HttpCommandOptions();
        var select = endpointSelector ?? options.EndpointSelector ?? (() => NamedHttpEndpoint(builder.Resource, s_httpEndpointNames, "HTTP command"));
        var endpoint = select() ?? throw new DistributedApplicationException(
            $"Could not create HTTP command for resource '{builder.Resource.Name}' as the endpoint selector returned null.");
        RequireHttp(endpoint, builder.Resource.Name, "HTTP command");
        var method = options.Method ?? HttpMethod.Post;
        builder.ApplicationBuilder.Services.AddHttpClient();
        return builder.WithCommand(
            commandName ?? $"{endpoint.Resource.Name}-{endpoint.EndpointName}-http-{method.Method.ToLowerInvariant()}-{path}",
            displayName,
            context => SendAsync(context, endpoint, method, path, options),
            new CommandOptions
            {
                Description = options.Description,
                Parameter = options.Parameter,
                Arguments = options.Arguments,
                ValidateArguments = options.ValidateArguments,
                ConfirmationMessage = options.ConfirmationMessage,
                IconName = options.IconName,
                IconVariant = options.IconVariant,
                IsHighlighted = options.IsHighlighted,
                UpdateState = options.UpdateState
                    ?? (c => c.ResourceSnapshot.HealthStatus is HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled),
            });
    }

    private static async Task<ExecuteCommandResult> SendAsync(
        ExecuteCommandContext context,
        EndpointReference endpoint,
        HttpMethod method,
        string path,
        HttpCommandOptions options)
    {
        if (!endpoint.IsAllocated)
        {
            return CommandResults.Failure("Endpoints are not yet allocated.");
        }

        using var client = context.ServiceProvider.GetRequiredService<IHttpClientFactory>().CreateClient(options.HttpClientName ?? string.Empty);
        using var request = new HttpRequestMessage(method, new Uri(new Uri(endpoint.Url), path));
        if (options.PrepareRequest is { } prepare)
        {
            await prepare(new HttpCommandRequestContext
            {
                ServiceProvider = context.ServiceProvider,
                ResourceName = context.ResourceName,
                Endpoint = endpoint,
                CancellationToken = context.CancellationToken,
                HttpClient = client,
                Arguments = context.Arguments,
                Request = request,
            });
        }

        using var response = await client.SendAsync(request, context.CancellationToken);
        if (options.GetCommandResult is { } getResult)
        {
            return await getResult(new HttpCommandResultContext
            {
                ServiceProvider = context.ServiceProvider,
                ResourceName = context.ResourceName,
                Endpoint = endpoint,
                CancellationToken = context.CancellationToken,
                HttpClient = client,
                Response = response,
            });
        }

        return response.IsSuccessStatusCode
            ? CommandResults.Success()
            : CommandResults.Failure(string.Create(CultureInfo.InvariantCulture, $"Request failed with status code {(int)response.StatusCode} {response.StatusCode}"));
    }
}
