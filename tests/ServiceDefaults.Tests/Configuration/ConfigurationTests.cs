using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.ServiceDefaults.Tests.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    private const string Strong = "9f86d081884c7d659a2feaa0c55ad0154f1b2b0b822cd15d";

    private readonly DirectoryInfo _secrets = Directory.CreateTempSubdirectory("slipway-secrets-");

    public void Dispose() => _secrets.Delete(recursive: true);

    [Fact]
    public void AllErrorsOfAllSectionsAreListedAtOnceWithKeyValueAndWhatIsAllowed()
    {
        var errors = Refused("Development",
            "--Health:StaleAfter=later", "--Health:CacheFor=00:00:05", "--Shutdown:Deadline=00:00:00", "--Internal:Port=-1", "--Internal:Addres=127.0.0.1",
            "--Internal:Address=localhost", "--HttpResilience:AttemptTimeout=00:01:00", "--Health:DetailedKey=tooshort", "--urls=nonsense");

        string[] expected =
        [
            "Health:StaleAfter: 'later' is not allowed; allowed: a time such as 00:00:30, 100 ms to 10 min; default: 10 s.",
            "Health:CacheFor: '00:00:05' is not allowed; allowed: a time such as 00:00:30, 0 to 1 s; default: 500 ms.",
            "Shutdown:Deadline: '00:00:00' is not allowed", "Internal:Port: '-1' is not allowed; allowed: a whole number, 0 to 65535.",
            "Internal:Addres: there is no such setting; is Internal:Address meant.", "'localhost' is no IP address", "HttpResilience:AttemptTimeout must not exceed TotalTimeout",
            "Health:DetailedKey: the value given (8 characters, not shown)", "urls: 'nonsense'",
        ];
        Assert.All(expected, text => Assert.Contains(errors, error => error.Contains(text, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, errors.Length);
        Assert.DoesNotContain(errors, static error => error.Contains("tooshort", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--ConnectionStrings:opsdb=Host=db;Password=postgres", "ConnectionStrings:opsdb: its password is weak: it has 8 characters")]
    [InlineData("--ConnectionStrings:cache=cache:6379,password=changeme-changeme-changeme", "ConnectionStrings:cache: its password is weak")]
    [InlineData("--Internal:Key=0123456789abcdef0123456789abcdef", "Internal:Key: it is weak")]
    [InlineData("--Health:DetailedKey=passwordpasswordpasswordpassword", "Health:DetailedKey: it is weak")]
    [InlineData("--Logging:LogLevel:Default=Debug", "Logging:LogLevel:Default: Debug")]
    [InlineData("--Logging:LogLevel:Default=trace", "Logging:LogLevel:Default: trace")]
    [InlineData("--DetailedErrors=true", "DetailedErrors: is for Development only")]
    [InlineData("--ConnectionStrings:opsdb=Host=db;Include Error Detail=true", "ConnectionStrings:opsdb: 'Include Error Detail=true'")]
    public void WhatOnlyDevelopmentMayDoIsRefusedEverywhereElse(string setting, string expected)
    {
        foreach (var environment in new[] { "Production", "Staging", "Prodcution" })
        {
            var error = Assert.Single(Refused(environment, setting));
            Assert.StartsWith(expected, error, StringComparison.Ordinal);
            Assert.DoesNotContain("changeme", error, StringComparison.Ordinal);
        }

        Assert.Empty(Refused("Development", setting));
    }

    [Fact]
    public void StrongSecretsAreFineInProduction() => Assert.Empty(Refused(
        "Production", $"--ConnectionStrings:opsdb=Host=db;Password={Strong}", $"--Internal:Key={Strong}", $"--Health:DetailedKey={Strong}", "--ConnectionStrings:cache=cache:6379"));

    [Fact]
    public void ASecretFileWinsOverTheEnvironmentAndLosesToTheCommandLine()
    {
        File.WriteAllText(Path.Combine(_secrets.FullName, "Internal__Key"), Strong + "\n");
        File.WriteAllText(Path.Combine(_secrets.FullName, "Health__DetailedKey"), Strong);

        // The environment belongs to all tests of this process: what would be in it stands in a provider of its kind.
        var builder = Builder("Production", $"--Secrets:Folder={_secrets.FullName}", "--Health:DetailedKey=" + Strong[8..]);

        Assert.Equal(Strong, builder.Configuration["Internal:Key"]);
        Assert.Equal(Strong[8..], builder.Configuration["Health:DetailedKey"]);
        var kinds = ((IConfigurationRoot)builder.Configuration).Providers.Select(static provider => provider.GetType().Name).ToArray();
        var files = Array.IndexOf(kinds, "KeyPerFileConfigurationProvider");
        Assert.True(files > Array.LastIndexOf(kinds, "EnvironmentVariablesConfigurationProvider"));
        Assert.True(files < Array.LastIndexOf(kinds, "CommandLineConfigurationProvider"));
    }

    [Fact]
    public void TheReportNamesSourcesAndShowsNoSecret()
    {
        File.WriteAllText(Path.Combine(_secrets.FullName, "ConnectionStrings__opsdb"), $"Host=db;Username=app;Password={Strong}");
        using var app = (IDisposable)Builder(
            "Production", $"--Secrets:Folder={_secrets.FullName}", $"--Internal:Key={Strong}", "--Health:StaleAfter=00:00:20").BuildChecked(typeof(ConfigurationTests).Assembly);

        var report = SettingReport.Read(((WebApplication)app).Services, typeof(ConfigurationTests).Assembly).ToDictionary(static setting => setting.Key);

        Assert.Equal(("Host=db;Username=app;Password=***", "secret file"), (report["ConnectionStrings:opsdb"].Value, report["ConnectionStrings:opsdb"].Source));
        Assert.Equal(("set", "command line"), (report["Internal:Key"].Value, report["Internal:Key"].Source));
        Assert.Equal(("not set", "default"), (report["Health:DetailedKey"].Value, report["Health:DetailedKey"].Source));
        Assert.Equal(("00:00:20", "command line"), (report["Health:StaleAfter"].Value, report["Health:StaleAfter"].Source));
        Assert.Equal(("500 ms", "default"), (report["Health:CacheFor"].Value, report["Health:CacheFor"].Source));
        Assert.DoesNotContain(report.Values, static setting => setting.Value?.Contains(Strong, StringComparison.Ordinal) == true);
    }

    private static string[] Refused(string environment, params string[] settings)
    {
        try
        {
            ((IDisposable)Builder(environment, settings).BuildChecked(typeof(ConfigurationTests).Assembly)).Dispose();
            return [];
        }
        catch (ConfigurationRefusedException refused)
        {
            return [.. refused.Failures];
        }
    }

    private static WebApplicationBuilder Builder(string environment, params string[] settings)
    {
        var builder = WebApplication.CreateBuilder([$"--environment={environment}", .. settings]);
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        return builder;
    }
}
