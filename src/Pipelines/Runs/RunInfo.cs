using Rondo.Kernel;

namespace Rondo.Pipelines.Runs;

/// <summary>What every change of a run's state must know of it. <see cref="CreatedPosition"/> is the event that its own events name as their cause.</summary>
internal sealed record RunInfo
{
    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Pipeline { get; init; } = "";
    public string VersionId { get; init; } = "";
    public string Package { get; init; } = "";
    public string CommitId { get; init; } = "";
    public string Parameters { get; init; } = "";
    public string Sources { get; init; } = "";
    public string TriggerKind { get; init; } = "";
    public string Actor { get; init; } = "";
    public long CreatedPosition { get; init; }

    public Actor ActorOf => new(Actor);

    public const string Columns = """
        r.id, r.project, r.environment, r.pipeline, r.version_id, r.package, r.commit_id, r.parameters, r.sources,
        r.trigger_kind, r.actor, r.created_position
        """;

    public static RunInfo Of(PreparedRun run, long position) =>
        new()
        {
            Id = run.Id,
            Project = run.Wish.Project,
            Environment = run.Wish.Environment,
            Pipeline = run.Wish.Pipeline,
            VersionId = run.Pipeline.VersionId,
            Package = run.Pipeline.Package,
            CommitId = run.Pipeline.Commit,
            TriggerKind = run.Wish.Trigger,
            Actor = run.Wish.Actor.Name,
            CreatedPosition = position,
        };
}
