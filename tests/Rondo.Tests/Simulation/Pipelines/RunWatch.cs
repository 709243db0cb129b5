using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// Looks at the log and the tables after each commit: nothing is published twice, or after the end, or without its bytes; no limit is
/// exceeded.
/// </summary>
internal sealed class RunWatch(SimulationScheduler scheduler, SimulatedStore store, SimulatedDisk disk)
{
    private readonly Dictionary<string, PipelineManifest> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RunFacts> _runs = new(StringComparer.Ordinal);
    private long _position;

    public IReadOnlyCollection<RunFacts> Runs => _runs.Values;

    public bool AnyRun => _runs.Count > 0;

    public bool AnyUnderWay => _runs.Values.Any(run => run.FinishedAt is null);

    public bool HasPools => store.Number("select count(*) from pipelines_pool") > 0;

    /// <summary>How often the log told of each type of event.</summary>
    public Dictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>Pipelines whose runs took the places of others, which are not held to their limit.</summary>
    public HashSet<string> Pushy { get; } = new(StringComparer.Ordinal);

    /// <summary>Triggers on the ends of other pipelines' runs that were there from the beginning to the end.</summary>
    public IEnumerable<(string Pipeline, TriggerManifest Trigger)> PipelineTriggers =>
        _known.Values.CountBy(known => known.Name).All(entry => entry.Value == 1)
            ? _known.Values.SelectMany(known =>
                known
                    .Triggers.Where(trigger => trigger.Kind == TriggerKinds.Pipeline)
                    .Select(trigger => (known.Name, trigger))
            )
            : [];

    /// <summary>Since when nothing goes wrong any more.</summary>
    public long CalmSinceMs { get; set; } = long.MaxValue;

    public void Know(PipelineManifest pipeline)
    {
        var body = JsonSerializer.Serialize(pipeline, RondoJson.Options);
        _known[Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))] = pipeline;
    }

    public string StepName(string run, string template) => _runs[run].Template(template).Step;

    /// <summary>
    /// Looks at what was committed. What arrives once more, late, may claim a step for a server that was told otherwise the first time: nobody carries
    /// it out, and it is lost when its lease has run out, also when all is calm.
    /// </summary>
    public void AfterCommit(SimulatedProcess process, bool isLate = false)
    {
        var events = store.Rows(
            "select position, type, subject, data from kernel_event where position > @position order by position",
            row => new Happened(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3)),
            ("@position", _position)
        );
        if (events.Count == 0)
        {
            return;
        }

        foreach (var e in events)
        {
            if (e.Position != ++_position)
            {
                scheduler.Violate($"Event {_position} is missing in the log.");
            }

            Counts[e.Type] = Counts.GetValueOrDefault(e.Type) + 1;
            scheduler.Trace.Say(process, $"   {e.Position} {e.Type} {e.Node} {e.Subject[^4..]}");
            Note(e with { IsLate = isLate });
        }

        CheckLimits(events);
    }

    private void Note(Happened e)
    {
        if (e.Type == RunCreatedEvent.Type)
        {
            var version = store.Rows(
                "select version_id from pipelines_run where id = @id",
                row => row.GetString(0),
                ("@id", e.Subject)
            );
            _runs.Add(e.Subject, new RunFacts(e.Subject, _known[version[0]]));
            return;
        }

        if (!_runs.TryGetValue(e.Subject, out var run))
        {
            return;
        }

        if (run.FinishedAt is { } end)
        {
            scheduler.Violate($"{e.Type} of {e.Node} at {e.Position} comes after the end of run {run.Id} at {end}.");
        }

        if (e.Type == RunFinishedEvent.Type)
        {
            run.FinishedAt = e.Position;
            return;
        }

        Note(run, run.Node(e.Node), e);
    }

    private void Note(RunFacts run, NodeFacts node, Happened e)
    {
        if (node.EndedAt is { } ended)
        {
            scheduler.Violate($"{e.Type} of {e.Node} at {e.Position} comes after the node's end at {ended}.");
        }

        node.BegunAt ??= e.Position;
        switch (e.Type)
        {
            case StepStartedEvent.Type:
                node.Attempts++;
                node.StartedAtMs = e.IsLate ? 0 : scheduler.NowMs;
                break;
            case StepPublishedEvent.Type:
            case StepReusedEvent.Type:
            case ApprovalAnsweredEvent.Type:
                node.PublishedAt = node.EndedAt = e.Position;
                node.Reused = e.Type == StepReusedEvent.Type;
                CheckBytes(run, node);
                break;
            case StepPassedOverEvent.Type:
                node.PassedOver = true;
                node.EndedAt = e.Position;
                break;
            case GroupOpenedEvent.Type:
                node.Opened = !node.Opened
                    ? true
                    : throw scheduler.Violate($"Group {e.Node} of run {run.Id} is opened twice.");
                break;
            case ApprovalRequestedEvent.Type:
                node.Asked = !node.Asked ? true : throw scheduler.Violate($"{e.Node} of run {run.Id} asks twice.");
                break;
            case StepFailedEvent.Type:
                node.EndedAt = e.Retry ? null : e.Position;
                NoteFailure(run, node, e.IsLoss);
                break;
            case StepStoppedEvent.Type:
                node.EndedAt = e.Position;
                break;
        }
    }

    private void NoteFailure(RunFacts run, NodeFacts node, bool lost)
    {
        node.Failures += lost ? 0 : 1;
        if (lost && node.StartedAtMs > CalmSinceMs)
        {
            scheduler.Violate($"An attempt of {node.Id} of run {run.Id} was taken away from a server that lives.");
        }
    }

    private void CheckBytes(RunFacts run, NodeFacts node)
    {
        var outputs = store.Rows(
            "select digest from pipelines_output where run_id = @run and node_id = @node",
            row => row.GetString(0),
            ("@run", run.Id),
            ("@node", node.Id)
        );
        if (outputs.Count != 1)
        {
            scheduler.Violate($"{node.Id} of run {run.Id} has published {outputs.Count} outputs.");
        }

        if (outputs.Find(digest => !disk.Has(digest) && !disk.Damaged.Contains(digest)) is { } missing)
        {
            scheduler.Violate($"{node.Id} of run {run.Id} has published {missing}, whose bytes are not there.");
        }
    }

    private void CheckLimits(List<Happened> events)
    {
        if (events.Exists(e => e.Type == StepStartedEvent.Type))
        {
            None(
                """
                select q.name || ' has ' || q.slots || ' slots' from pipelines_pool q where q.slots < (
                    select count(*) from pipelines_step p
                    where p.project = q.project and p.state = 'running' and p.kind = 'step' and (p.pool = q.name or q.name = '*')
                )
                """,
                "A pool is exceeded"
            );
            None(
                """
                select cache_key from pipelines_step where state = 'running' and kind = 'step' and cache_key is not null
                group by cache_key having count(*) > 1
                """,
                "Two identical steps are computed at once"
            );
        }

        if (events.Exists(e => e.Type is RunCreatedEvent.Type or RunFinishedEvent.Type))
        {
            CheckRunsMax();
        }

        foreach (var run in events.Select(e => e.Subject).Distinct(StringComparer.Ordinal))
        {
            if (_runs.TryGetValue(run, out var facts) && facts.HasLoops)
            {
                CheckParallel(facts);
            }
        }
    }

    private void CheckRunsMax()
    {
        var underWay = store.Rows(
            """
            select pipeline, count(*), max(version_id) from pipelines_run where state in ('created', 'running', 'finishing')
            group by pipeline
            """,
            row => (Pipeline: row.GetString(0), Count: row.GetInt64(1))
        );
        foreach (var (pipeline, count) in underWay.Where(entry => !Pushy.Contains(entry.Pipeline)))
        {
            // Releases may change the limit: the widest of them holds.
            var limits = _known.Values.Where(known => known.Name == pipeline).Select(known => known.RunsMax).ToList();
            if (!limits.Contains(0) && count > limits.Max())
            {
                scheduler.Violate($"{count} runs of {pipeline} are under way where {limits.Max()} may be.");
            }
        }
    }

    private void CheckParallel(RunFacts run)
    {
        var open = store.Rows(
            """
            select g.template, c.group_id, count(*) from pipelines_scope c
            join pipelines_step g on g.run_id = c.run_id and g.node_id = c.group_id
            where c.run_id = @run and c.item >= 0 and c.state <> 'done' and g.state = 'running' group by g.template, c.group_id
            """,
            row => (Template: row.GetString(0), Group: row.GetString(1), Count: row.GetInt64(2)),
            ("@run", run.Id)
        );
        foreach (var (template, group, count) in open)
        {
            var most = run.Template(template).ForEach!.ParallelMax;
            if (count > most)
            {
                scheduler.Violate($"{count} items of {group} of run {run.Id} are under way where {most} may be.");
            }
        }
    }

    private void None(string sql, string what)
    {
        if (store.Rows(sql, row => row.GetString(0)) is { Count: > 0 } found)
        {
            scheduler.Violate($"{what}: {string.Join(", ", found)}.");
        }
    }

    private sealed record Happened(long Position, string Type, string Subject, string Data)
    {
        /// <summary>Whether it came of something that arrived once more.</summary>
        public bool IsLate { get; init; }

        public string Node { get; } = Text(Data, "\"nodeId\":\"");

        public bool IsLoss => Data.Contains("\"errorType\":\"lost\"", StringComparison.Ordinal);

        public bool Retry => Data.Contains("\"retry\":true", StringComparison.Ordinal);

        // The members of these events are plain: taking them apart properly would cost more than the rest of the watching.
        private static string Text(string data, string member)
        {
            var start = data.IndexOf(member, StringComparison.Ordinal);
            return start < 0 ? "" : data[(start + member.Length)..data.IndexOf('"', start + member.Length)];
        }
    }
}
