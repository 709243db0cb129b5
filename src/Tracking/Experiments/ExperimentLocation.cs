using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Artifacts;

namespace Rondo.Tracking.Experiments;

/// <summary>
/// Places for files that experiments have chosen. Several may share one: each run has its own folder below it. One inside another is refused:
/// what is removed there, or may be read there, would be the other's, too.
/// </summary>
internal static class ExperimentLocation
{
    private const int PerStatement = 1000;
    private const int StatementsMax = 10_000;

    /// <summary>Refuses a place behind the artifact proxy that lies in or above that of others.</summary>
    public static async ValueTask RequireApartAsync(Session session, string location)
    {
        if (ArtifactAddress.PathBehindProxy(location) is not { } path)
        {
            return;
        }

        if (await ArtifactOwner.FindAsync(session, path) is { } owner)
        {
            throw Refused(
                location,
                $"It lies in the folder of {owner.Kind} {owner.Id}, with which it would be removed."
            );
        }

        var first = long.TryParse(path.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : -1;
        foreach (var (experiment, taken) in await ReadAsync(session, "e.lifecycle <> 'removed'", first))
        {
            var other = ArtifactAddress.PathBehindProxy(taken);
            if (other is not null && other != path && IsNested(path, other))
            {
                var where = path.Length > other.Length ? "in" : "above";
                throw Refused(location, $"It lies {where} the place of experiment {experiment} ({taken}).");
            }
        }
    }

    /// <summary>All places that are not those which are named by the number of their experiment, also of experiments that were removed.</summary>
    public static Task<IReadOnlyList<(long Experiment, string Location)>> ChosenAsync(Session session) =>
        ReadAsync(session, "1 = 1", first: -1);

    private static bool IsNested(string path, string other) =>
        ArtifactPath.IsAtOrBelow(path, other) || ArtifactPath.IsAtOrBelow(other, path);

    // Nearly all have the place that is named by their number; the others are looked through.
    private static async Task<IReadOnlyList<(long Experiment, string Location)>> ReadAsync(
        Session session,
        string which,
        long first
    )
    {
        var (all, after) = (new List<(long Experiment, string Location)>(), -1L);
        for (var round = 0; round < StatementsMax; round++)
        {
            var found = await session.QueryAsync<(long Id, string Location)>(
                $"""
                select e.id, e.artifact_location from tracking_experiment e
                where e.id > @after and {which}
                    and (e.id = @first or e.artifact_location <> 'mlflow-artifacts:/' || cast(e.id as text))
                order by e.id limit @PerStatement
                """,
                new
                {
                    after,
                    first,
                    PerStatement,
                }
            );
            all.AddRange(found);
            if (found.Count < PerStatement)
            {
                break;
            }

            after = found[^1].Id;
        }

        return all;
    }

    private static Refusal Refused(string location, string why) =>
        Refusal.Value(
            Names.Json(location),
            "artifact_location",
            $"{why} Write a place that no other lies in or above, or that of another experiment as it is, or leave it out: the experiment then "
                + "has one of its own."
        );
}
