using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Registry.Governance;
using Rondo.Tracking;

namespace Rondo.Registry.Clients;

/// <summary>
/// What a decision on a version of MLflow's clients rests on where whoever decides gives nothing: the figures that its logged model or its run has at that
/// moment. What he may not see stays out, for others read the history.
/// </summary>
internal static class ClientEvidence
{
    private const int MetricsMax = 100;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The move with its evidence, where there is any.</summary>
    public static async ValueTask<VersionMove> CompleteAsync(Session session, VersionMove move, Caller caller) =>
        move is { IsRelease: true, Evidence: null, Model.Project: ClientModels.Project }
            ? move with
            {
                Evidence = await FindAsync(session, move, caller),
            }
            : move;

    private static async Task<JsonElement?> FindAsync(Session session, VersionMove move, Caller caller)
    {
        var version = await RegistryReader.FindVersionAsync(session, move.Model, move.Version);
        if (version is null)
        {
            return null;
        }

        if (
            (version.LoggedModel ?? VersionSources.LoggedModelOf(version.Source)) is { } id
            && await RunOrigins.ModelAsync(session, id) is { } logged
            && caller.May(Permission.Read, logged.Place)
            && await RunResults.OfModelAsync(session, id, MetricsMax) is { Count: > 0 } ofModel
        )
        {
            return Write(new Results(null, id, ofModel));
        }

        return
            version.RunId is { Length: > 0 } run
            && await RunOrigins.FindAsync(session, run) is { } origin
            && caller.May(Permission.Read, origin.Place)
            && await RunResults.OfRunAsync(session, run, MetricsMax) is { Count: > 0 } ofRun
            ? Write(new Results(run, null, ofRun))
            : null;
    }

    private static JsonElement? Write(Results results) => JsonSerializer.SerializeToElement(results, s_json);

    private sealed record Results(string? Run, string? LoggedModel, IReadOnlyList<MetricResult> Metrics);
}
