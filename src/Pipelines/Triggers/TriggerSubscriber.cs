using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Pipelines.Triggers;

/// <summary>Sets aside the events that a trigger may act on. Acting takes looking around, which a subscriber must not.</summary>
internal sealed class TriggerSubscriber : EventSubscriber
{
    public const string CursorName = "pipelines.triggers";
    public const string Alert = "alert.raised";
    public const string NewData = "dataset.version.created";
    public const string Release = "release.deployed";

    public override string Name => CursorName;

    public override IReadOnlyCollection<string> Types =>
        [Alert, NewData, Release, RunFinishedEvent.Type, TriggerResumedEvent.Type];

    /// <summary>And whatever events the triggers name that are deployed now.</summary>
    public override async ValueTask<IReadOnlyCollection<string>> TypesNowAsync(Session session) =>
        [
            .. Types.Union(
                await session.QueryAsync<string>(
                    "select distinct event_type from pipelines_trigger where event_type is not null"
                ),
                StringComparer.Ordinal
            ),
        ];

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        var environment = TriggerRules.Text(e.Data, "environment") ?? PipelineCatalog.TriggeredEnvironment;
        if (environment != PipelineCatalog.TriggeredEnvironment)
        {
            return;
        }

        await transaction.ExecuteAsync(
            """
            insert into pipelines_signal (position, project, type, data)
            select @Position, @Project, @Type, @data
            where exists (select 1 from pipelines_trigger where project = @Project)
            on conflict do nothing
            """,
            new
            {
                e.Position,
                e.Project,
                e.Type,
                data = e.Data.GetRawText(),
            }
        );
    }
}
