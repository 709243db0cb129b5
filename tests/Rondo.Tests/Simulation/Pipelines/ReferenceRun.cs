using System.Text.Json;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;
using Rondo.Tests.Simulation.Scheduling;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// Reads a run that has ended as a plain interpreter of its graph would: each node must have ended in a way that the ends of those it
/// names allow, and with the output that follows from theirs. What a run that was called off had not begun is left open.
/// </summary>
internal sealed class ReferenceRun
{
    private const int LossesMax = 10;

    private readonly RunFacts _facts;
    private readonly RunTables _tables;
    private readonly Excuses _excuses;
    private readonly ReferenceGraph _graph;
    private readonly ReferenceValues _values;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private ReferenceRun(RunFacts facts, RunTables tables, SimulatedDisk disk, Excuses excuses)
    {
        (_facts, _tables, _excuses) = (facts, tables, excuses);
        _graph = new ReferenceGraph(facts.Manifest);
        _values = new ReferenceValues(_graph, facts.Id, tables, disk);
    }

    private RunEntry Run => _tables.Run;

    /// <summary>How the run was to end before its exit handlers ran.</summary>
    private string Decided => Run.Outcome ?? Run.State;

    private bool Slow => Run.Policy == FailurePolicies.Slow;

    // A person, a stop or, where failures end the run at once, a failure.
    private bool CalledOff =>
        Run.State == RunStates.Cancelled
        || Decided is RunStates.Cancelled or RunStates.Stopped
        || (Decided == RunStates.Failed && !Slow);

    public static void Check(RunFacts facts, RunTables tables, SimulatedDisk disk, Excuses excuses) =>
        new ReferenceRun(facts, tables, disk, excuses).Check();

    private void Check()
    {
        if (_facts.FinishedAt is null)
        {
            throw Wrong("it is said to have ended, but the log does not tell of it");
        }

        if (_tables.Steps.Count == 0)
        {
            // Cancelled while it waited in the queue.
            Hold(Run.State == RunStates.Cancelled, "it has no nodes");
            return;
        }

        var (natural, failed) = CheckAll(null, "", [], always: false);
        var top = _graph.In(null).Count(node => !node.Always && !ReferenceGraph.IsSource(node));
        CheckEnd(natural == top, failed);
        var handlers = _graph.In(null).Count(node => node.Always);
        if (Run.Outcome is not null)
        {
            var (ended, broken) = CheckAll(null, "", [], always: true);
            Hold(ended == handlers || Run.State == RunStates.Cancelled, "its exit handlers have not all run");
            Hold(Run.Remaining == handlers - ended, $"{Run.Remaining} exit handlers are said to remain");
            Hold(Run.Failures == broken, $"{Run.Failures} exit handlers are said to have failed, and {broken} did");
        }
        else
        {
            Hold(handlers == 0, "its exit handlers were forgotten");
            Hold(
                Run.Remaining == top - natural,
                $"{Run.Remaining} nodes are said to remain of {top}, and {natural} have ended"
            );
            Hold(
                Run.Failures == failed || CalledOff,
                $"{Run.Failures} nodes are said to have failed, and {failed} did"
            );
        }

        CheckTables();
    }

    private void CheckEnd(bool all, int failed)
    {
        switch (Decided)
        {
            case RunStates.Succeeded:
                Hold(all && failed == 0, "it is said to have succeeded, and not everything has");
                break;
            case RunStates.Failed when Slow:
                Hold(all && failed > 0, "it is said to have failed, and nothing did, or not everything has ended");
                break;
            case RunStates.Failed:
                Hold(_tables.Steps.Values.Any(step => step.State == StepStates.Failed), "it has failed without a node");
                break;
            case RunStates.Stopped:
                Hold(
                    _tables.Steps.Values.Any(step => step.State == StepStates.Stopped),
                    "it has stopped without a node"
                );
                break;
        }

        if (Run.FailedNode is { } node && Decided is RunStates.Failed or RunStates.Stopped)
        {
            Hold(
                _tables.Steps[Run.FailedNode!].State is StepStates.Failed or StepStates.Stopped,
                $"{Run.FailedNode} is said to have ended it"
            );
        }
    }

    private void CheckTables()
    {
        var extra = _tables.Steps.Keys.Except(_seen).ToList();
        Hold(extra.Count == 0, $"nobody knows where {string.Join(", ", extra)} come from");
        var published = _facts.Nodes.Values.Where(node => node.PublishedAt is not null).Select(node => node.Id);
        var succeeded = _tables
            .Steps.Values.Where(step => step.State == StepStates.Succeeded)
            .Where(step => _graph[step.Template].Kind is NodeKind.Step or NodeKind.Merge or NodeKind.Approval)
            .Select(step => step.Id);
        Hold(published.Order().SequenceEqual(succeeded.Order()), "its log and its nodes tell different things");
        Hold(_tables.Attempts.All(attempt => attempt.State != StepStates.Running), "an attempt is still running");
        Hold(
            _tables
                .Attempts.CountBy(attempt => attempt.Node)
                .All(entry => _tables.Steps[entry.Key].Attempt == entry.Value),
            "its attempts are not counted right"
        );
        Hold(
            _tables
                .Attempts.Where(attempt => attempt.State == StepStates.Succeeded)
                .CountBy(attempt => attempt.Node)
                .All(entry => entry.Value == 1),
            "two attempts of a node have succeeded"
        );
        var made = _tables.Outputs.Keys.Select(key => key.Node).Distinct().Count(node => !IsSourceRow(node));
        Hold(
            _tables.Executions == made,
            $"lineage knows {_tables.Executions} executions, and {made} nodes have outputs"
        );
    }

    private bool IsSourceRow(string node) => ReferenceGraph.IsSource(_graph[_tables.Steps[node].Template]);

    /// <summary>Checks the nodes of a group, and counts those that have ended by themselves, and of these those that failed.</summary>
    private (int Natural, int Failed) CheckAll(string? group, string scope, IReadOnlyList<int> items, bool? always)
    {
        var (natural, failed) = (0, 0);
        foreach (var node in _graph.In(group).Where(node => always is null || node.Always == always))
        {
            var id = _graph.Instance(node.Id, items);
            Hold(_tables.Steps.ContainsKey(id), $"{id} is missing");
            _seen.Add(id);
            var row = _tables.Steps[id];
            Hold(row.Template == node.Id && row.WaitingOn >= 0, $"{id} is not what it should be");
            var end = ReferenceGraph.IsSource(node) ? End.Source : Check(node, row, items);
            natural += end is End.Natural or End.Failed ? 1 : 0;
            failed += end == End.Failed ? 1 : 0;
            CheckOrder(node, id, items);
        }

        return (natural, failed);
    }

    private End Check(NodeManifest node, StepEntry row, IReadOnlyList<int> items)
    {
        var facts = _facts.Nodes.GetValueOrDefault(row.Id);
        var handler = IsHandled(node);
        Hold(
            row.State is not (StepStates.Pending or StepStates.Ready or StepStates.Running or StepStates.Waiting),
            $"{row.Id} is left {row.State}"
        );
        var open = row.State == StepStates.Cancelled || (row.State == StepStates.Skipped && facts?.PassedOver != true);
        if (open)
        {
            Hold(handler ? Run.State == RunStates.Cancelled : CalledOff, $"{row.Id} was not brought to an end");
            if (facts?.Opened == true)
            {
                CheckInside(node, row, items);
            }

            return End.CalledOff;
        }

        if (_excuses.Everybody)
        {
            // What follows from bytes that are lost or changed cannot be said.
            if (facts?.Opened == true)
            {
                CheckInside(node, row, items);
            }

            return row.State switch
            {
                StepStates.Failed => Failed(node, row),
                StepStates.Stopped => Stopped(node),
                _ => End.Natural,
            };
        }

        var why = _values.WhyPassedOver(node, items, Slow || handler);
        Hold(
            (facts?.PassedOver == true) == (why is not null),
            $"{row.Id} was {row.State} ({row.Decision}), and should be {why ?? "begun"}"
        );
        if (why is not null)
        {
            Hold(row.Decision == why, $"{row.Id} was passed over for {row.Decision}, and should be for {why}");
            return End.Natural;
        }

        return node.Kind switch
        {
            NodeKind.Group or NodeKind.ForEach => CheckGroup(node, row, items),
            NodeKind.Merge => CheckOutput(row, _values.Merged(node, items)),
            NodeKind.Approval => CheckAnswer(node, row),
            NodeKind.Fail => Failed(node, row),
            _ => CheckStep(node, row, items),
        };
    }

    private End CheckStep(NodeManifest node, StepEntry row, IReadOnlyList<int> items)
    {
        var arguments = _values.Arguments(node, items);
        var script = StepScript.Of(arguments);
        var limit = Limit(node, script.ErrorType);
        var excused = _excuses.Has(_facts.Id, row.Id);
        var failures = _facts.Nodes[row.Id].Failures;
        Hold(
            excused || failures <= limit - (row.State == StepStates.Succeeded ? 1 : 0),
            $"{row.Id} is {row.State} and has failed {failures} times, where it may {limit} times"
        );
        switch (row.State)
        {
            case StepStates.Succeeded:
                Hold(script.Failures >= 0 && !script.Stops, $"{row.Id} has succeeded, which it cannot");
                Hold(
                    !Run.Fresh || _facts.Nodes[row.Id].Reused == false,
                    $"{row.Id} was reused in a run that computes all"
                );
                var output = StepFunction.Output(node.Step, _values.Inputs(node, items), arguments);
                return CheckOutput(row, (output.Type, StepFunction.DigestOf(output.Bytes)));
            case StepStates.Stopped:
                Hold(script.Stops, $"{row.Id} has stopped, which it does not");
                return Stopped(node);
            default:
                Hold(
                    failures == limit || row.Losses > LossesMax || excused,
                    $"{row.Id} has failed for good after {failures} of {limit} times"
                );
                return Failed(node, row);
        }
    }

    // The first rule that fits says how many attempts there are.
    private static int Limit(NodeManifest node, string? errorType)
    {
        var rule = node.Retries.FirstOrDefault(retry =>
            retry.On == "*"
            || (retry.On == "timeout" && errorType == "timeout")
            || (retry.On == "exit" && errorType == "exit:3")
            || (retry.On == "Oops" && errorType == "App.Oops")
        );
        return rule?.MaxAttempts ?? node.MaxAttempts;
    }

    private End CheckAnswer(NodeManifest node, StepEntry row)
    {
        if (row.State == StepStates.Stopped)
        {
            Hold(node.Approval is { ExpiresMs: > 0, Otherwise: null }, $"{row.Id} has stopped, and it does not expire");
            return Stopped(node);
        }

        Hold(row.State == StepStates.Succeeded, $"{row.Id} is {row.State}");
        var answer = _values.Json(row.Id);
        Hold(answer is { ValueKind: JsonValueKind.Number }, $"{row.Id} was answered with {answer}");
        return End.Natural;
    }

    private End CheckOutput(StepEntry row, (string Type, string Digest) expected)
    {
        Hold(row.State == StepStates.Succeeded, $"{row.Id} is {row.State}, and should have succeeded");
        var found = _tables.Outputs.GetValueOrDefault((row.Id, "value"));
        Hold(found == expected, $"{row.Id} has published {found}, and should {expected}");
        return End.Natural;
    }

    private End CheckGroup(NodeManifest node, StepEntry row, IReadOnlyList<int> items)
    {
        var (natural, failed) = CheckInside(node, row, items);
        var expected = failed > 0 ? StepStates.Failed : StepStates.Succeeded;
        Hold(natural && row.State == expected, $"{row.Id} is {row.State}, and should be {expected}");
        return failed > 0 ? End.Failed : End.Natural;
    }

    /// <summary>Checks what is in a group that was opened: whether all of it has ended by itself, and how much has failed.</summary>
    private (bool Natural, int Failed) CheckInside(NodeManifest node, StepEntry row, IReadOnlyList<int> items)
    {
        var children = _graph.In(node.Id).Count();
        if (node.Kind == NodeKind.Group)
        {
            var (ended, broken) = CheckAll(node.Id, row.Id, items, null);
            Hold(
                _tables.Scopes[row.Id] == children - ended,
                $"{row.Id} is said to have {_tables.Scopes[row.Id]} nodes left"
            );
            return (ended == children, broken);
        }

        if (!_excuses.Everybody)
        {
            var count = _values.Items(node, items).Count;
            Hold(row.Items == count, $"{row.Id} has {row.Items} items, and should have {count}");
        }

        var (done, failed) = (0, 0);
        for (var item = 0; item < row.ItemsBegun; item++)
        {
            var (ended, broken) = CheckAll(node.Id, $"{row.Id}.{item}", [.. items, item], null);
            var left = _tables.Scopes[$"{row.Id}.{item}"];
            Hold(left == children - ended, $"item {item} of {row.Id} is said to have {left} nodes left");
            done += ended == children ? 1 : 0;
            failed += broken > 0 ? 1 : 0;
        }

        Hold(row.ItemsDone == done, $"{row.Id} is said to have done {row.ItemsDone} items, and has done {done}");
        return (done == row.Items, failed);
    }

    /// <summary>A node begins after everything that it waits for has ended: it alone, or with the group that it stands in.</summary>
    private void CheckOrder(NodeManifest node, string id, IReadOnlyList<int> items)
    {
        foreach (var named in ReferenceGraph.Named(node))
        {
            var (first, second) = _graph.Siblings(named, node.Id);
            if (ReferenceGraph.IsSource(first) || (second.Always && !first.Always))
            {
                continue;
            }

            var around = items.Take(_graph.Shared(first.Id, second.Id)).ToList();
            var begun = _facts.Nodes.GetValueOrDefault(_graph.Instance(second.Id, around))?.BegunAt;
            var before = _graph.Instance(first.Id, around);
            foreach (var earlier in Within(before))
            {
                var ended = earlier.EndedAt ?? (earlier.Opened ? earlier.BegunAt : null);
                Hold(
                    begun is null || ended < begun,
                    $"{id} was begun at {begun}, before {earlier.Id} had ended at {ended}"
                );
            }

            Hold(begun is null || _facts.Nodes.ContainsKey(before), $"{id} was begun, and {before} never ended");
        }
    }

    private IEnumerable<NodeFacts> Within(string instance) =>
        _facts.Nodes.Values.Where(node =>
            node.Id == instance || node.Id.StartsWith(instance + ".", StringComparison.Ordinal)
        );

    // A failure that ends the run at once, and a stop, are not counted in the groups around the node: these are called off.
    private End Failed(NodeManifest node, StepEntry row)
    {
        Hold(row.State == StepStates.Failed, $"{row.Id} is {row.State}, and should have failed");
        return Slow || IsHandled(node) ? End.Failed : End.Final;
    }

    private End Stopped(NodeManifest node) => IsHandled(node) ? End.Failed : End.Final;

    private bool IsHandled(NodeManifest node) => _graph.Path(node.Id)[0].Always;

    private void Hold(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Wrong(otherwise);
        }
    }

    private Violation Wrong(string what) => new($"Run {_facts.Id} ({Run.State}): {what}.");

    private enum End
    {
        Source,
        Natural,
        Failed,
        Final,
        CalledOff,
    }
}
