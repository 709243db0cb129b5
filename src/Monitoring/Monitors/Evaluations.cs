using System.Text.Json;
using Rondo.Data;
using Rondo.Monitoring.Predictions;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Monitors;

/// <summary>Makes evaluations of the three kinds of outcome.</summary>
internal static class Evaluations
{
    public static Evaluation Of(MonitorManifest monitor, Window window, double value, Facts facts) =>
        new(
            window,
            facts.N,
            value,
            value > monitor.Limit ? WindowState.Alert : WindowState.Passed,
            facts.Version,
            JsonSerializer.SerializeToElement(facts.Details, RondoJson.Options)
        );

    public static Evaluation Insufficient(Window window, int n, long? version, string reason) =>
        new(
            window,
            n,
            null,
            WindowState.Insufficient,
            version,
            JsonSerializer.SerializeToElement(new { reason }, RondoJson.Options)
        );
}

/// <summary>What an evaluation rests on.</summary>
internal sealed record Facts(int N, long? Version, object Details);
