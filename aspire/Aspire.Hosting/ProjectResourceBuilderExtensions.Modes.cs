using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.LaunchProfiles;
using Microsoft.AspNetCore.Http;

namespace Aspire.Hosting;

public static partial class ProjectResourceBuilderExtensions
{
    private static void AddRunDefaults(this IResourceBuilder<ProjectResource> builder, NamedLaunchProfile? profile, bool isHttp2)
    {
        var hasKestrelEndpoints = builder.Resource.HasKestrelEndpoints;
        if (!hasKestrelEndpoints)
        {
            builder.WithEnvironment(builder.AddAspNetCoreUrls);
        }

        if (profile is null)
        {
            return;
        }

        if (!hasKestrelEndpoints)
        {
            builder.AddProfileEndpoints(profile.LaunchProfile, isHttp2);
        }

        builder.WithEnvironment(context =>
        {
            context.EnvironmentVariables.TryAdd("DOTNET_LAUNCH_PROFILE", profile.Name);
            foreach (var (name, value) in profile.LaunchProfile.EnvironmentVariables)
            {
                context.EnvironmentVariables.TryAdd(name, Environment.ExpandEnvironmentVariables(value));
            }
        });
    }

    private static void AddAspNetCoreUrls(this IResourceBuilder<ProjectResource> builder, EnvironmentCallbackContext context)
    {
        if (context.EnvironmentVariables.ContainsKey("ASPNETCORE_URLS"))
        {
            return;
        }

        var urls = new ReferenceExpressionBuilder();
        foreach (var endpoint in builder.Resource.EndpointsForEnvironment())
        {
            // Without it the https redirection would send browsers to the port behind the proxy.
            if (endpoint.Scheme == "https" && !context.EnvironmentVariables.ContainsKey("ASPNETCORE_HTTPS_PORT"))
            {
                context.EnvironmentVariables["ASPNETCORE_HTTPS_PORT"] = endpoint.Property(EndpointProperty.Port);
            }

            urls.AppendLiteral(urls.IsEmpty ? string.Empty : ";");
            urls.Append($"{endpoint.Property(EndpointProperty.Scheme)}://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");
        }

        if (!urls.IsEmpty)
        {
            context.EnvironmentVariables["ASPNETCORE_URLS"] = urls.Build();
        }
    }

    /// <summary>The first address of a scheme is named by it, the second has <c>2</c> added: <c>http</c>, <c>http2</c>.</summary>
    private static void AddProfileEndpoints(this IResourceBuilder<ProjectResource> builder, LaunchProfile profile, bool isHttp2)
    {
        var countByScheme = new Dictionary<string, int>();
        foreach (var url in profile.ApplicationUrl?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            var address = BindingAddress.Parse(url);
            var number = countByScheme[address.Scheme] = countByScheme.GetValueOrDefault(address.Scheme) + 1;
            builder.WithEndpoint(number == 1 ? address.Scheme : address.Scheme + number.ToInvariant(), endpoint =>
            {
                endpoint.Port = address.Port;
                endpoint.TargetHost = HostOf(address);
                endpoint.UriScheme = address.Scheme;
                endpoint.FromLaunchProfile = true;
                if (isHttp2)
                {
                    endpoint.Transport = "http2";
                }
            });
        }

        if (profile.LaunchUrl is { Length: > 0 } launchUrl)
        {
            builder.WithUrls(context => ApplyLaunchUrl(context, launchUrl));
        }
    }

    private static void ApplyLaunchUrl(ResourceUrlsCallbackContext context, string launchUrl)
    {
        foreach (var endpoint in context.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.FromLaunchProfile))
        {
            if (context.Urls.FirstOrDefault(u => string.Equals(u.Endpoint?.EndpointName, endpoint.Name, StringComparison.OrdinalIgnoreCase)) is { } url)
            {
                url.Url = ResourceBuilderExtensions.IsAbsoluteUrl(launchUrl, out _) ? launchUrl : new Uri(new Uri(url.Url), launchUrl).ToString();
            }
        }
    }

    /// <summary>A web project gets an http and an https binding, whatever its launch profile says of them.</summary>
    private static void AddPublishDefaults(this IResourceBuilder<ProjectResource> builder, LaunchProfile? profile, bool isHttp2)
    {
        var project = builder.Resource;
        if (!project.HasKestrelEndpoints)
        {
            builder.WithEnvironment(context =>
            {
                project.AddPorts(context, "HTTP_PORTS", "http");
                project.AddPorts(context, "HTTPS_PORTS", "https");
            });
            if (profile?.ApplicationUrl is null)
            {
                return;
            }
        }

        var http = EndpointOf("http");
        var https = EndpointOf("https");
        https.TargetPort = http.TargetPort = http.TargetPort ?? https.TargetPort;

        EndpointAnnotation EndpointOf(string scheme)
        {
            if (Find(scheme) is { } existing)
            {
                return existing;
            }

            builder.WithEndpoint(scheme, endpoint =>
            {
                endpoint.UriScheme = scheme;
                if (isHttp2)
                {
                    endpoint.Transport = "http2";
                }

                if (scheme == "https")
                {
                    project.DefaultHttpsEndpoint = endpoint;
                }
            });
            return Find(scheme)!;
        }

        EndpointAnnotation? Find(string scheme) => project.Annotations.OfType<EndpointAnnotation>()
            .FirstOrDefault(e => e.UriScheme == scheme || string.Equals(e.Name, scheme, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The image's own default port would hide those of the model. The https binding that publishing adds takes no part: TLS ends before it.</summary>
    private static void AddPorts(this ProjectResource project, EnvironmentCallbackContext context, string variable, string scheme)
    {
        if (context.EnvironmentVariables.ContainsKey(variable))
        {
            return;
        }

        var ports = new ReferenceExpressionBuilder();
        foreach (var endpoint in project.EndpointsForEnvironment().Where(e => e.Scheme == scheme && e.EndpointAnnotation != project.DefaultHttpsEndpoint))
        {
            ports.AppendLiteral(ports.IsEmpty ? string.Empty : ";");
            ports.Append($"{endpoint.Property(EndpointProperty.TargetPort)}");
        }

        if (!ports.IsEmpty)
        {
            context.EnvironmentVariables[variable] = ports.Build();
        }
    }
}
