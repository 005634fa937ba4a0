using System.Diagnostics.Metrics;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Database;

/// <summary>The pool of connections and the circuit, for <c>/health/detailed</c>; the figures are those that Npgsql measures.</summary>
internal sealed class DatabaseDetail(DatabaseCircuit circuit) : IHealthDetail
{
    public string Name => "database";

    public object Read()
    {
        var connections = new SortedDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listening) =>
            {
                if (instrument is { Meter.Name: "Npgsql", Name: "db.client.connection.count" or "db.client.connection.max" })
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return new { Circuit = circuit.IsOpen ? "open" : "closed", Connections = connections };

        void Note(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var state = "max";
            foreach (var (name, tag) in tags)
            {
                state = name is "state" or "db.client.connection.state" ? tag?.ToString() ?? state : state;
            }

            connections[state] = connections.GetValueOrDefault(state) + value;
        }
    }
}
