using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.LaunchProfiles;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public static partial class ProjectResourceBuilderExtensions
{
    private const string Http2 = nameof(Http2);

    /// <summary>Environment and endpoints of a .NET project. The order of the calls is the order of the variables in its environment.</summary>
    private static IResourceBuilder<ProjectResource> WithProjectDefaults(this IResourceBuilder<ProjectResource> builder, ProjectResourceOptions options)
    {
        var context = builder.ApplicationBuilder.ExecutionContext;
        builder.AddTelemetry();
        if (context.IsRunMode)
        {
            builder.AddRebuilder();
        }
        else
        {
            builder.WithEnvironment(AddForwardedHeaders);
        }

        builder.RememberLaunchProfile(options);
        var profile = options.ExcludeLaunchProfile ? null : builder.Resource.GetEffectiveLaunchProfile();
        var settings = ProjectSettings.Read(builder.Resource);
        var isHttp2 = settings["Kestrel:EndpointDefaults:Protocols"] == Http2;
        if (!options.ExcludeKestrelEndpoints)
        {
            builder.AddKestrelEndpoints(settings, isHttp2);
        }

        builder.WithEnvironment(builder.AddKestrelUrls);
        if (context.IsRunMode)
        {
            builder.AddRunDefaults(profile, isHttp2);
        }
        else
        {
            builder.AddPublishDefaults(profile?.LaunchProfile, isHttp2);
        }

        return builder;
    }

    private static void AddTelemetry(this IResourceBuilder<ProjectResource> builder)
    {
        builder.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory");
        var application = builder.ApplicationBuilder;
        if (application.ExecutionContext.IsRunMode && application.Environment.IsDevelopment())
        {
            builder.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true");
            builder.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true");
        }

        builder.WithOtlpExporter();
        if (application.ExecutionContext.IsRunMode)
        {
            builder.WithEnvironment("DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION", "true");
            builder.WithEnvironment("LOGGING__CONSOLE__FORMATTERNAME", "simple");
        }
    }

    private static void AddRebuilder(this IResourceBuilder<ProjectResource> builder)
    {
        var path = builder.Resource.GetProjectMetadata().ProjectPath;
        var rebuilder = new ProjectRebuilderResource($"{builder.Resource.Name}-rebuilder", builder.Resource, Path.GetDirectoryName(path)!);
        builder.ApplicationBuilder.AddResource(rebuilder)
            .WithArgs("build", path)
            .WithExplicitStart()
            .WithAnnotation(new ExcludeLifecycleCommandsAnnotation())
            .ExcludeFromManifest()
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = KnownResourceTypes.Executable,
                State = KnownResourceStates.NotStarted,
                Properties = [],
                IsHidden = true,
            });
    }

    private static void AddForwardedHeaders(EnvironmentCallbackContext context)
    {
        if (context.Resource.HasAnnotationOfType<EndpointAnnotation>() && !context.Resource.HasAnnotationOfType<DisableForwardedHeadersAnnotation>())
        {
            context.EnvironmentVariables["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        }
    }

    private static void RememberLaunchProfile(this IResourceBuilder<ProjectResource> builder, ProjectResourceOptions options)
    {
        if (options.ExcludeLaunchProfile)
        {
            builder.WithAnnotation(new ExcludeLaunchProfileAnnotation());
        }
        else if (!string.IsNullOrEmpty(options.LaunchProfileName))
        {
            builder.WithAnnotation(new LaunchProfileAnnotation(options.LaunchProfileName));
        }
        else if (builder.ApplicationBuilder.Configuration["AppHost:DefaultLaunchProfileName"] is { Length: > 0 } own)
        {
            builder.WithAnnotation(new DefaultLaunchProfileAnnotation(own));
        }
    }

    /// <summary>An address of Kestrel's own configuration is named by its scheme where it is the only one of that scheme.</summary>
    private static void AddKestrelEndpoints(this IResourceBuilder<ProjectResource> builder, IConfiguration settings, bool isHttp2)
    {
        var isRunMode = builder.ApplicationBuilder.ExecutionContext.IsRunMode;
        var configured = settings.GetSection("Kestrel:Endpoints").GetChildren().Where(e => e["Url"] is not null)
            .Select(e => (Name: e.Key, Address: BindingAddress.Parse(e["Url"]!), Protocols: e["Protocols"]))
            .ToLookup(e => e.Address.Scheme);
        foreach (var (name, address, protocols) in configured.SelectMany(group => group))
        {
            var endpointName = configured[address.Scheme].Count() == 1 ? address.Scheme : name;
            builder.WithEndpoint(endpointName, endpoint =>
            {
                // The public port would have to be a standard one when published, and a fixed target port would break replicas in a run.
                if (isRunMode)
                {
                    endpoint.Port = address.Port;
                }
                else
                {
                    endpoint.TargetPort = address.Port;
                }

                endpoint.UriScheme = address.Scheme;
                endpoint.TargetHost = HostOf(address);
                if (protocols is null ? isHttp2 : protocols == Http2)
                {
                    endpoint.Transport = "http2";
                }

                builder.Resource.KestrelEndpointAnnotationHosts[endpoint] = endpoint.TargetHost;
            });
        }
    }

    /// <summary>Kestrel ignores ASPNETCORE_URLS once it has endpoints of its own, so each of them gets its address by itself.</summary>
    private static void AddKestrelUrls(this IResourceBuilder<ProjectResource> builder, EnvironmentCallbackContext context)
    {
        if (!builder.Resource.HasKestrelEndpoints)
        {
            return;
        }

        foreach (var endpoint in builder.Resource.EndpointsForEnvironment().Where(e => e.EndpointAnnotation != builder.Resource.DefaultHttpsEndpoint))
        {
            var annotation = endpoint.EndpointAnnotation;
            var host = context.ExecutionContext.IsRunMode ? builder.Resource.KestrelEndpointAnnotationHosts.GetValueOrDefault(annotation, "*") : "*";
            context.EnvironmentVariables[$"Kestrel__Endpoints__{annotation.Name}__Url"] =
                ReferenceExpression.Create($"{annotation.UriScheme}://{host}:{endpoint.Property(EndpointProperty.TargetPort)}");
        }
    }

    private static IEnumerable<EndpointReference> EndpointsForEnvironment(this ProjectResource project)
    {
        var filters = project.Annotations.OfType<EndpointEnvironmentInjectionFilterAnnotation>().ToArray();
        return project.GetEndpoints().Where(e =>
            e.Scheme is "http" or "https"
            && e.EndpointAnnotation.TargetPortEnvironmentVariable is null
            && filters.All(f => f.Filter(e.EndpointAnnotation)));
    }

    private static string HostOf(BindingAddress address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || address.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            ? "localhost"
            : address.Host;
}
