using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Edge.Maintenance;

/// <summary>Maintenance as an operator set it.</summary>
/// <param name="Message">For people; null: nothing beside the usual.</param>
/// <param name="RetryAfterSeconds">What clients are told to wait.</param>
/// <param name="Since">When it was switched on, in UTC.</param>
internal sealed record MaintenanceState(string? Message, int RetryAfterSeconds, DateTimeOffset Since);

/// <summary>Whether the Gateway is in maintenance; kept in a file, so that a restart keeps it.</summary>
internal sealed class MaintenanceSwitch
{
    private readonly Lock _gate = new();
    private readonly string? _file;
    private readonly ILogger<MaintenanceSwitch> _logger;
    private volatile MaintenanceState? _current;

    /// <exception cref="OptionsValidationException">The state's folder can't be made or written.</exception>
    public MaintenanceSwitch(IOptions<GatewayOptions> options, ILogger<MaintenanceSwitch> logger)
    {
        _file = options.Value.Maintenance.StateFile;
        _logger = logger;
        if (_file is null)
            return;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            Read(_file);
            // A folder that can't be written shows now, not when maintenance is needed.
            Store(_file, _current);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw new OptionsValidationException(
                GatewayOptions.Section, typeof(GatewayOptions), [$"{GatewayOptions.Section}:Maintenance:StateFile: '{_file}' can't be used: {unusable.Message}"]);
        }
    }

    /// <summary>Null: no maintenance.</summary>
    public MaintenanceState? Current => _current;

    /// <summary>Whether a restart keeps it.</summary>
    public bool IsPersisted => _file is not null;

    /// <summary>The state that was stored is in error; null: it is not.</summary>
    public string? Complaint { get; private set; }

    /// <exception cref="IOException">The state could not be stored; the one before stays.</exception>
    public void Set(MaintenanceState? state)
    {
        lock (_gate)
        {
            if (_file is not null)
                Store(_file, state);
            _current = state;
            Complaint = null;
        }

        if (state is null)
            _logger.MaintenanceOff();
        else
            _logger.MaintenanceOn();
    }

    private void Read(string file)
    {
        if (!File.Exists(file))
            return;
        try
        {
            _current = JsonSerializer.Deserialize<MaintenanceState>(File.ReadAllText(file), JsonSerializerOptions.Web);
        }
        catch (JsonException damaged)
        {
            Complaint = "The stored maintenance state was damaged; the Gateway started without maintenance.";
            _logger.MaintenanceUnreadable(file, damaged);
        }
    }

    /// <summary>A file beside it, flushed to the disk, then renamed: whoever reads finds the old state or the new one, never half of one.</summary>
    private static void Store(string file, MaintenanceState? state)
    {
        var next = file + ".next";
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(stream, state, JsonSerializerOptions.Web);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
    }
}
