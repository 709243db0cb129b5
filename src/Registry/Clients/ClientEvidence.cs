using System.Text.Encodings.Web;
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
        // As it is kept, and shown: names of other alphabets are no longer than they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
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

    /// <summary>The moves as a caller may see them: figures that were taken over from a run or a logged model only where he may read those.</summary>
    public static async ValueTask<IReadOnlyList<VersionTransition>> VisibleAsync(
        Session session,
        ModelKey model,
        IReadOnlyList<VersionTransition> moves,
        Caller caller
    )
    {
        if (model.Project != ClientModels.Project || caller.MayEverywhere(Permission.Read))
        {
            return moves;
        }

        var visible = new List<VersionTransition>();
        foreach (var move in moves)
        {
            visible.Add(await IsVisibleAsync(session, move, caller) ? move : move with { Evidence = null });
        }

        return visible;
    }

    private static async Task<bool> IsVisibleAsync(Session session, VersionTransition move, Caller caller)
    {
        if (move.Evidence is not { ValueKind: JsonValueKind.Object } evidence)
        {
            return true;
        }

        var place =
            TextOf(evidence, "run") is { } run ? (await RunOrigins.FindAsync(session, run))?.Place
            : TextOf(evidence, "loggedModel") is { } id ? (await RunOrigins.ModelAsync(session, id))?.Place
            : Place.Project(ClientModels.Project);
        return place is not null && caller.May(Permission.Read, place);
    }

    private static string? TextOf(JsonElement evidence, string name) =>
        evidence.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

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
