using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Dashboard;

/// <summary>The dashboard as a resource of the application: a hidden executable, its endpoints, URLs and environment.</summary>
internal sealed class DashboardResource(DashboardSettings settings, IConfiguration configuration, ResourceServiceHost resourceService)
    : IDashboardEndpointProvider
{
    public const string Name = "aspire-dashboard";
    private const string OtlpGrpcName = "otlp-grpc";
    private const string OtlpHttpName = "otlp-http";
    private const string CorsOriginsKey = "ASPIRE_DASHBOARD_CORS_ALLOWED_ORIGINS";
    private const string CallCountingDelayKey = "DOTNET_TC_CallCountingDelayMs";

    /// <summary>Null until the application starts.</summary>
    public ExecutableResource? Resource { get; private set; }

    public IValueProvider? OtlpGrpc => Existing(OtlpGrpcName);

    public IValueProvider? OtlpHttp => Existing(OtlpHttpName);

    public string? OtlpApiKey => settings.OtlpApiKey;

    /// <summary>Where people open the dashboard, https before http.</summary>
    public EndpointReference? Pages => Existing("https") ?? Existing("http");

    /// <summary>Puts the dashboard first in the model, so that it starts as early as possible.</summary>
    public ExecutableResource AddTo(DistributedApplicationModel model)
    {
        var path = Path.GetFullPath(settings.Path!);
        Resource = new ExecutableResource(Name, path, Path.GetDirectoryName(path)!);
        Resource.Annotations.Add(new CommandLineArgsCallbackAnnotation(args => args.Insert(0, "dashboard")));
        Resource.Annotations.Add(new ResourceIconAnnotation("ContentView"));
        foreach (var endpoint in Endpoints())
        {
            Resource.Annotations.Add(endpoint);
        }

        Resource.Annotations.Add(new ResourceUrlsCallbackAnnotation(NameUrls));
        Resource.Annotations.Add(new ResourceSnapshotAnnotation(new CustomResourceSnapshot
        {
            ResourceType = KnownResourceTypes.Executable,
            Properties = [],
            IsHidden = settings.IsHidden,
        }));
        Resource.Annotations.Add(new EnvironmentCallbackAnnotation(SetEnvironmentAsync));
        model.Resources.Insert(0, Resource);
        return Resource;
    }

    private EndpointReference? Existing(string endpoint) => Resource?.GetEndpoint(endpoint) is { Exists: true } reference ? reference : null;

    private IEnumerable<EndpointAnnotation> Endpoints()
    {
        if (settings.Urls is null)
        {
            yield return Endpoint(null, settings.DefaultScheme, transport: null);
        }
        else
        {
            foreach (var url in settings.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                yield return Endpoint(url, name: null, transport: null);
            }
        }

        if (settings.OtlpHttpUrl is not null)
        {
            yield return Endpoint(settings.OtlpHttpUrl, OtlpHttpName, transport: null);
        }

        if (settings.OtlpGrpcUrl is not null || settings.OtlpHttpUrl is null)
        {
            yield return Endpoint(settings.OtlpGrpcUrl, OtlpGrpcName, transport: "http2");
        }
    }

    /// <param name="url">Null: a port chosen at start.</param>
    /// <param name="name">Null: the scheme.</param>
    private EndpointAnnotation Endpoint(string? url, string? name, string? transport)
    {
        if (url is null)
        {
            return new EndpointAnnotation(ProtocolType.Tcp, settings.DefaultScheme, transport, name, isProxied: true);
        }

        var address = BindingAddress.Parse(url);
        return new EndpointAnnotation(ProtocolType.Tcp, address.Scheme, transport, name, address.Port == 0 ? null : address.Port, isProxied: true)
        {
            TargetHost = address.Host,
        };
    }

    private void NameUrls(ResourceUrlsCallbackContext context)
    {
        foreach (var url in context.Urls)
        {
            if (url.Endpoint?.EndpointName is not { } endpoint)
            {
                continue;
            }

            if (!EndpointAnnotation.IsHttpScheme(endpoint))
            {
                url.DisplayText = endpoint;
                continue;
            }

            url.DisplayText = $"Dashboard ({endpoint})";
            url.DisplayOrder = 1;
            url.Url = WithLogin(url.Url);
        }
    }

    /// <summary>The address that opens the dashboard without asking for the token.</summary>
    internal string WithLogin(string url) => settings.BrowserToken is null ? url : $"{url.TrimEnd('/')}/login?t={settings.BrowserToken}";

    private async Task SetEnvironmentAsync(EnvironmentCallbackContext context)
    {
        var variables = context.EnvironmentVariables;
        foreach (var (key, value) in configuration.AsEnumerable())
        {
            if (key.StartsWith("ASPIRE_DASHBOARD_", StringComparison.OrdinalIgnoreCase) && value is not null && key != CorsOriginsKey)
            {
                variables[key] = value;
            }
        }

        variables["ASPNETCORE_ENVIRONMENT"] = settings.Environment;
        variables[DashboardSettings.ResourceServiceUrlKey] = await resourceService.GetUrlAsync(context.CancellationToken);
        SetAddresses(variables);
        SetCors(context);
        SetAccess(variables, "FRONTEND", "BrowserToken", "BROWSERTOKEN", settings.BrowserToken);
        SetAccess(variables, "RESOURCESERVICECLIENT", "ApiKey", "APIKEY", settings.ResourceServiceKey);
        SetAccess(variables, "OTLP", "ApiKey", "PRIMARYAPIKEY", settings.OtlpApiKey);
        SetAccess(variables, "API", "ApiKey", "PRIMARYAPIKEY", settings.ApiKey);
        variables["ASPIRE_DASHBOARD_API_ENABLED"] = "true";
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "json";

        // One second (hexadecimal) before hot methods are compiled anew: while everything starts, the processors are needed elsewhere.
        variables[CallCountingDelayKey] = "3E8";
        if (bool.TryParse(configuration["ASPIRE_DASHBOARD_TELEMETRY_OPTOUT"], out var optOut))
        {
            variables["DASHBOARD__DEBUGSESSION__TELEMETRYOPTOUT"] = optOut ? "true" : "false";
        }
    }

    private void SetAddresses(Dictionary<string, object> variables)
    {
        if (Existing(OtlpGrpcName) is { } grpc)
        {
            variables[DashboardSettings.OtlpGrpcUrlKey] = ListenAddress(grpc);
        }

        if (Existing(OtlpHttpName) is { } http)
        {
            variables[DashboardSettings.OtlpHttpUrlKey] = ListenAddress(http);
        }

        variables["DASHBOARD__FRONTEND__PUBLICURL"] = Pages!;
        var addresses = new ReferenceExpressionBuilder();
        foreach (var endpoint in Resource!.GetEndpoints().Where(e => EndpointAnnotation.IsHttpScheme(e.EndpointName)))
        {
            addresses.AppendLiteral(addresses.IsEmpty ? string.Empty : ";");
            addresses.AppendValueProvider(ListenAddress(endpoint));
        }

        variables[DashboardSettings.UrlsKey] = addresses.Build();
    }

    private static ReferenceExpression ListenAddress(EndpointReference endpoint) => ReferenceExpression.Create(
        $"{endpoint.Property(EndpointProperty.Scheme)}://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");

    /// <summary>Browser applications send telemetry from their own origins.</summary>
    private void SetCors(EnvironmentCallbackContext context)
    {
        if (Existing(OtlpHttpName) is null)
        {
            return;
        }

        var origins = configuration[CorsOriginsKey];
        if (string.IsNullOrEmpty(origins))
        {
            var model = context.ExecutionContext.ServiceProvider.GetRequiredService<DistributedApplicationModel>();
            origins = string.Join(',', model.Resources.Where(r => r != Resource).SelectMany(Origins).Distinct(StringComparer.OrdinalIgnoreCase));
        }

        if (origins.Length > 0)
        {
            context.EnvironmentVariables["DASHBOARD__OTLP__CORS__ALLOWEDORIGINS"] = origins;
            context.EnvironmentVariables["DASHBOARD__OTLP__CORS__ALLOWEDHEADERS"] = "*";
        }
    }

    private static IEnumerable<string> Origins(IResource resource)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => EndpointAnnotation.IsHttpScheme(e.UriScheme)))
        {
            if (endpoint.AllocatedEndpoint is { } allocated)
            {
                yield return allocated.UriString;
            }

            if (endpoint.TargetPort is { } port)
            {
                yield return $"{endpoint.UriScheme}://localhost:{port.ToInvariant()}";
            }
        }
    }

    private static void SetAccess(Dictionary<string, object> variables, string area, string mode, string keyName, string? key)
    {
        variables[$"DASHBOARD__{area}__AUTHMODE"] = key is null ? "Unsecured" : mode;
        if (key is not null)
        {
            variables[$"DASHBOARD__{area}__{keyName}"] = key;
        }
    }
}
