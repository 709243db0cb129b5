using System.Globalization;
using Rondo.Monitoring.Monitors;
using Rondo.Registry;
using Rondo.Registry.Governance;

namespace Rondo.Monitoring.Overview;

/// <summary>Says what of a model needs attention, and why: what is wrong first.</summary>
internal static class Concerns
{
    /// <summary>What every model that serves should be watched by.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [MonitorKinds.Quality, MonitorKinds.Drift, MonitorKinds.Freshness, MonitorKinds.Schema];

    public static IReadOnlyList<Concern> Of(CatalogedModel model, IReadOnlyList<ServingStanding> serving)
    {
        var found = new List<Concern>();
        foreach (var endpoint in serving)
        {
            found.AddRange(OfAnswers(endpoint));
            found.AddRange(OfMonitors(endpoint));
        }

        found.AddRange(OfVersions(model, serving));
        found.AddRange(OfCard(model, serving.Any(endpoint => endpoint.Versions.Count > 0)));
        // A stable sort: within a level they stay as they were found.
        return [.. found.OrderByDescending(concern => concern.Level)];
    }

    private static IEnumerable<Concern> OfAnswers(ServingStanding endpoint)
    {
        var name = endpoint.Endpoint;
        if (endpoint.Versions.Count == 0 && endpoint.Rollout is not { IsUnderWay: true })
        {
            yield return Warning($"{name} answers with nothing yet");
        }

        foreach (var version in endpoint.Versions)
        {
            if (version.Failure is { } failure)
            {
                yield return Alert($"{name} cannot load version {version.Version}: {failure}");
            }

            if (version.State == VersionState.Rejected)
            {
                yield return Alert($"{name} answers with version {version.Version}, which was rejected");
            }
        }

        if (
            endpoint.Rollout is { State: "rolledBack" } back
            && endpoint.Versions.All(version => version.Version != back.Version)
        )
        {
            yield return Warning($"the rollout of version {back.Version} at {name} was rolled back: {back.Reason}");
        }
    }

    private static IEnumerable<Concern> OfMonitors(ServingStanding endpoint)
    {
        foreach (var alert in endpoint.Monitors.Select(monitor => monitor.Alert).OfType<OpenAlert>())
        {
            yield return Alert(
                $"alert: {alert.Monitor} of {alert.Endpoint} {Figure(alert.Value)} > {Figure(alert.Limit)} since {Day(alert.Since)}"
            );
        }

        if (endpoint.Versions.Count == 0)
        {
            yield break;
        }

        if (endpoint.Monitors.Count == 0)
        {
            yield return Warning(
                $"{endpoint.Endpoint} serves without any monitor"
                    + (endpoint.Pinned ? ": it was made by hand, and only declared endpoints have monitors" : "")
            );
            yield break;
        }

        // What a wrong answer costs is seen by quality and drift; the others are a matter of care.
        foreach (var (kinds, level) in s_levels)
        {
            string[] missing = [.. kinds.Intersect(endpoint.Missing, StringComparer.Ordinal)];
            if (missing.Length > 0)
            {
                yield return new Concern(
                    level,
                    $"{endpoint.Endpoint} serves without a {string.Join(" or ", missing)} monitor"
                );
            }
        }

        foreach (var monitor in endpoint.Monitors.Where(monitor => monitor.State == MonitorState.Insufficient))
        {
            yield return Note($"{monitor.Name} of {endpoint.Endpoint} had too little to say anything");
        }
    }

    private static readonly (string[] Kinds, AttentionLevel Level)[] s_levels =
    [
        ([MonitorKinds.Quality, MonitorKinds.Drift], AttentionLevel.Warning),
        ([MonitorKinds.Freshness, MonitorKinds.Schema], AttentionLevel.Note),
    ];

    private static IEnumerable<Concern> OfVersions(CatalogedModel model, IReadOnlyList<ServingStanding> serving)
    {
        if (model.Newest is { State: VersionState.Pending } pending && !model.IsOfClients)
        {
            yield return Note($"version {pending.Version} waits for approval");
        }

        var served = serving
            .SelectMany(endpoint => endpoint.Versions)
            .Select(version => version.Version)
            .DefaultIfEmpty(0)
            .Max();
        var explained = serving.Any(endpoint =>
            endpoint.Rollout is { } rollout
            && rollout.Version == model.Approved
            && (rollout.IsUnderWay || rollout.State == "rolledBack")
        );
        if (served > 0 && model.Approved > served && !explained)
        {
            yield return Note($"approved version {model.Approved} waits beside serving {served}");
        }
    }

    private static IEnumerable<Concern> OfCard(CatalogedModel model, bool serves)
    {
        if (model is { Risk: "high", Owner: null })
        {
            yield return Warning("risk high and no owner");
            yield break;
        }

        if (serves && model.Risk is null)
        {
            yield return Note("nobody has said its risk");
        }

        if (serves && model.Owner is null)
        {
            yield return Note("nobody owns it");
        }
    }

    private static Concern Alert(string text) => new(AttentionLevel.Alert, text);

    private static Concern Warning(string text) => new(AttentionLevel.Warning, text);

    private static Concern Note(string text) => new(AttentionLevel.Note, text);

    private static string Figure(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
