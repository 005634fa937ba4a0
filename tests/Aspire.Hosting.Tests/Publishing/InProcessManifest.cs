using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>Publishes a model that a test puts together, in this process.</summary>
internal sealed class InProcessManifest : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("manifest-");

    public string Folder => _folder.FullName;

    public string Output => Path.Combine(Folder, "out", "app.json");

    /// <summary>What was logged as an error.</summary>
    public List<string> Errors { get; } = [];

    /// <returns>The manifest's text, or null when none was written.</returns>
    public async Task<string?> PublishAsync(Action<IDistributedApplicationBuilder> configure, params string[] arguments)
    {
        var exitCode = Environment.ExitCode;
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = arguments.Length > 0 ? arguments : ["--publisher", "manifest", "--output-path", Output],
            ProjectDirectory = Folder,
        });
        builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(new ErrorProvider(Errors)));
        configure(builder);
        try
        {
            await using var application = builder.Build();
            await application.RunAsync(TestContext.Current.CancellationToken);
            ExitCode = Environment.ExitCode;
        }
        finally
        {
            Environment.ExitCode = exitCode;
        }

        return File.Exists(Output) ? await File.ReadAllTextAsync(Output, TestContext.Current.CancellationToken) : null;
    }

    public int ExitCode { get; private set; }

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class ErrorProvider(List<string> errors) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lock (errors)
                {
                    errors.Add(formatter(state, exception));
                }
            }
        }

        public void Dispose()
        {
        }
    }
}
