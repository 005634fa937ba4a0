using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace Slipway.Api.Database;

/// <summary>Something could not be done for want of the database, and nothing was written.</summary>
/// <param name="message">What.</param>
/// <param name="detail">For the client.</param>
/// <param name="reason">What came of asking; null: it wasn't asked.</param>
internal abstract class WithoutDatabaseException(string message, string detail, Exception? reason) : Exception(message, reason)
{
    public string Detail => detail;
}

/// <summary>PostgreSQL has just failed and isn't asked for a moment. Nothing was sent to it.</summary>
internal sealed class DatabaseSkippedException() : WithoutDatabaseException(
    "PostgreSQL has just failed and isn't asked for a moment.", "It has just failed and isn't asked for a moment. Nothing was done.", reason: null);

/// <summary>Whether PostgreSQL is asked, for all requests of this replica: a request must not wait for what three before it waited for in vain.</summary>
internal sealed class DatabaseCircuit
{
    public const string MeterName = "Slipway.Api.Database";

    private readonly Circuit _circuit;
    private readonly Counter<long> _skipped;
    private readonly ILogger<DatabaseCircuit> _logger;
    private readonly TimeSpan _skipFor;

    public DatabaseCircuit(IOptions<DatabaseOptions> options, TimeProvider clock, IMeterFactory meters, ILogger<DatabaseCircuit> logger)
    {
        _skipFor = options.Value.SkipFor;
        _circuit = new Circuit(_skipFor, clock, options.Value.FailuresInARow);
        _logger = logger;
        var meter = meters.Create(MeterName);
        _skipped = meter.CreateCounter<long>("slipway.api.database.skipped", "{request}", "Requests that PostgreSQL was not asked for because its circuit was open.");
        meter.CreateObservableGauge("slipway.api.database.circuit", () => IsOpen ? 1 : 0, "{state}", "1 while the circuit of PostgreSQL is open.");
    }

    public bool IsOpen => _circuit.IsOpen;

    /// <exception cref="DatabaseSkippedException">It is open.</exception>
    public void Enter()
    {
        if (!_circuit.TryEnter())
        {
            _skipped.Add(1);
            throw new DatabaseSkippedException();
        }
    }

    public void Fail(Exception problem)
    {
        if (_circuit.Fail())
        {
            _logger.DatabaseSkipped(_skipFor.TotalSeconds, problem.Message);
        }
    }

    public void Succeed()
    {
        if (_circuit.Succeed())
        {
            _logger.DatabaseAnswersAgain();
        }
    }
}
