using Rondo.Kernel.Db;
using Rondo.Tracking.Artifacts;
using Rondo.Tracking.Experiments;

namespace Rondo.Tracking.Removing;

/// <summary>
/// Earlier servers let an experiment take a place inside the folder of a run or logged model: what has its files there needs that folder as
/// long as it is there itself, also where it was deleted and can be restored.
/// </summary>
internal sealed class NestedHold : IArtifactHold
{
    public Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async ValueTask<IReadOnlyDictionary<string, string>> HeldAsync(
        Session session,
        IReadOnlyList<LoggedFiles> logged
    )
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        var folders = logged
            .Select(one => (one.Id, Path: ArtifactAddress.PathBehindProxy(one.Address) ?? ""))
            .Where(one => one.Path.Length > 0)
            .ToList();
        foreach (var (_, location) in folders.Count == 0 ? [] : await ExperimentLocation.ChosenAsync(session))
        {
            // Most of what experiments choose is elsewhere.
            if (ArtifactAddress.PathBehindProxy(location) is not { } place)
            {
                continue;
            }

            var outer = folders
                .Where(one => ArtifactPath.IsAtOrBelow(place, one.Path) && !held.ContainsKey(one.Id))
                .ToList();
            if (outer.Count > 0 && await FirstAtAsync(session, location) is { } inner)
            {
                outer.ForEach(one => held[one.Id] = $"the files of {inner} stand among its own");
            }
        }

        return held;
    }

    private static ValueTask<string?> FirstAtAsync(Session session, string location)
    {
        var below = location.TrimEnd('/') + "/";
        return session.ScalarAsync<string>(
            """
            select who from (
                select 'run ' || id as who, lifecycle from tracking_run where substr(artifact_uri, 1, @Length) = @below
                union all
                select 'logged model ' || id as who, lifecycle from tracking_logged_model
                where substr(artifact_uri, 1, @Length) = @below
            ) inner_files order by lifecycle, who limit 1
            """,
            new { below, below.Length }
        );
    }
}
