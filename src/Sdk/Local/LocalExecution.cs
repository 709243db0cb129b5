using System.Text.Json;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Brings one run from its sources to its end: nodes begin when those of their group that they wait for have ended; groups hold nodes,
/// for-eaches hold them once for each item; exit handlers follow when all else is over.
/// </summary>
internal sealed class LocalExecution
{
    private readonly LocalSetting _setting;
    private readonly LocalValues _values;
    private readonly LocalSteps _steps;
    private readonly LocalApprovals _approvals;
    private readonly ILookup<string, string> _waitsFor;

    public LocalExecution(LocalSetting setting, LocalSlots slots, LocalApprovals approvals)
    {
        _setting = setting;
        _values = new LocalValues(setting.Shape, setting.Results, setting.Store, setting.Facts);
        _steps = new LocalSteps(setting, _values, slots);
        _approvals = approvals;
        _waitsFor = setting.Shape.Edges().ToLookup(edge => edge.To.Id, edge => edge.From.Id, StringComparer.Ordinal);
    }

    /// <summary>Runs everything, and says how it ended.</summary>
    public async Task<(LocalState State, string? Reason, string? FailedNode)> RunAsync(CancellationToken person)
    {
        var slow = _setting.Shape.Manifest.FailurePolicy == FailurePolicies.Slow;
        using var ending = new LocalEnding(failsFast: !slow, person);
        await ScopeAsync(new Scope(null, [], false, ending));
        var (state, reason) = ending.Decide();
        if (!_setting.Shape.HasAlways)
        {
            return (state, reason, ending.FailedNode);
        }
        _setting.Facts.HasEnded(state, reason, ending.FailedNode);
        // Whoever cancelled the run wants its exit handlers to run all the same.
        using var handlers = new LocalEnding(failsFast: false, CancellationToken.None);
        await ScopeAsync(new Scope(null, [], true, handlers));
        return handlers.FailedNode is { } failed
            ? (state, $"{reason} Exit handler '{failed}' failed.".TrimStart(), ending.FailedNode)
            : (state, reason, ending.FailedNode);
    }

    private async Task<bool> ScopeAsync(Scope scope)
    {
        var nodes = _setting
            .Shape.Children(scope.Group)
            .Where(node => !PipelineShape.IsSource(node) && (scope.Group is not null || node.Always == scope.Always))
            .ToList();
        var ended = nodes.ToDictionary(
            node => node.Id,
            _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
            StringComparer.Ordinal
        );
        var failures = await Task.WhenAll(nodes.Select(node => NodeAsync(node, scope, ended)));
        return failures.Any(failed => failed);
    }

    /// <summary>Whether the node failed, or something that it holds.</summary>
    private async Task<bool> NodeAsync(NodeManifest node, Scope scope, Dictionary<string, TaskCompletionSource> ended)
    {
        try
        {
            foreach (var before in _waitsFor[node.Id].Where(ended.ContainsKey))
            {
                await ended[before].Task;
            }
            // Not on the thread of whoever ended last: a long chain would become a deep stack.
            await Task.Yield();
            var done = await EndAsync(LocalPlace.Of(_setting.Shape, node, scope.Items), scope);
            return done.State == LocalState.Failed;
        }
        catch (Exception e) when (e is not RunKilledException)
        {
            scope.Ending.Broken();
            throw;
        }
        finally
        {
            ended[node.Id].TrySetResult();
        }
    }

    private async Task<LocalNode> EndAsync(LocalPlace place, Scope scope)
    {
        var began = _setting.Time.GetUtcNow();
        var done = await DecideAsync(place, scope, began);
        var isPublished =
            done.Kind == NodeKind.Step
            && done.State is (LocalState.Succeeded or LocalState.Reused or LocalState.Stopped);
        if (!isPublished)
        {
            _setting.Publish(done);
        }
        // A group that failed because of something in it has no error of its own; that is told already.
        if (done is { State: LocalState.Failed, ErrorType: not null })
        {
            scope.Ending.Failed(done);
        }
        else if (done.State == LocalState.Stopped)
        {
            scope.Ending.Stopped(done);
        }
        return done;
    }

    private async Task<LocalNode> DecideAsync(LocalPlace place, Scope scope, DateTimeOffset began)
    {
        var over = scope.Ending.Over;
        if (over.IsCancellationRequested)
        {
            return place.Empty;
        }
        var found = _setting.Results.Find(place);
        var empty = place.Empty with { Inputs = found.Inputs };
        try
        {
            return PassedOver(place, empty, found) ?? await BeginAsync(place, empty with { StartedAt = began }, scope);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return empty with { State = LocalState.Cancelled };
        }
        catch (RondoException e)
        {
            return empty with
            {
                State = LocalState.Failed,
                Message = e.What,
                Mend = e.Mend,
                ErrorType = nameof(RondoException) + "." + e.Code,
            };
        }
    }

    private LocalNode? PassedOver(LocalPlace place, LocalNode empty, LocalFound found)
    {
        if (found.NeedsFailed is { } failed)
        {
            return empty with
            {
                Decision = LocalDecisions.NeedsFailed,
                Message = $"It needs '{failed}', which failed.",
            };
        }
        if (place.Node.Condition is { } condition && !_values.Holds(place, condition))
        {
            return Skipped(empty, LocalDecisions.Condition, "Its condition does not hold.");
        }
        if (place.Node.Kind == NodeKind.Merge)
        {
            return Merged(place, empty);
        }
        return found.Missing is { } missing ? Skipped(empty, LocalDecisions.Missing, missing) : null;
    }

    private LocalNode Merged(LocalPlace place, LocalNode empty)
    {
        foreach (var input in place.Node.Inputs)
        {
            if (_setting.Results.Output(place, input.FromNode, input.FromPort) is { } output)
            {
                return Made(empty, output);
            }
        }
        return Skipped(empty, LocalDecisions.Missing, "None of the branches has run.");
    }

    private Task<LocalNode> BeginAsync(LocalPlace place, LocalNode empty, Scope scope) =>
        place.Node.Kind switch
        {
            NodeKind.Group => GroupAsync(place, empty, scope),
            NodeKind.ForEach => LoopAsync(place, empty, scope),
            NodeKind.Approval => ApproveAsync(place, empty, scope.Ending.Over),
            NodeKind.Fail => Task.FromResult(
                empty with
                {
                    State = LocalState.Failed,
                    Message = place.Node.Message,
                    ErrorType = FailureClasses.Fail,
                }
            ),
            _ => _steps.RunAsync(place, empty, scope.Ending.Over),
        };

    private async Task<LocalNode> GroupAsync(LocalPlace place, LocalNode empty, Scope scope)
    {
        var failed = await ScopeAsync(scope with { Group = place.Node.Id });
        return Over(empty, failed, scope);
    }

    private async Task<LocalNode> LoopAsync(LocalPlace place, LocalNode empty, Scope scope)
    {
        var items = _values.List(place).Count;
        var failed = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, items),
            new ParallelOptions { MaxDegreeOfParallelism = place.Node.ForEach!.ParallelMax },
            async (item, _) =>
            {
                var inner = scope with { Group = place.Node.Id, Items = [.. scope.Items, item] };
                if (!scope.Ending.Over.IsCancellationRequested && await ScopeAsync(inner))
                {
                    Interlocked.Exchange(ref failed, 1);
                }
            }
        );
        return Over(empty, failed == 1, scope) with { Items = items };
    }

    private static LocalNode Over(LocalNode group, bool failed, Scope scope) =>
        group with
        {
            State =
                failed ? LocalState.Failed
                : scope.Ending.Over.IsCancellationRequested ? LocalState.Cancelled
                : LocalState.Succeeded,
        };

    private async Task<LocalNode> ApproveAsync(LocalPlace place, LocalNode empty, CancellationToken cancellation)
    {
        if (_approvals.Given(place) is { } given)
        {
            return Made(empty, await LocalArtifacts.JsonAsync(_setting.Store, given, cancellation));
        }
        if (_setting.Earlier?.Value(place.Id) is { } before)
        {
            return Made(empty, before) with { Decision = LocalDecisions.Resumed };
        }
        var answer = await _approvals.AskAsync(place, cancellation) ?? place.Node.Approval!.Otherwise;
        return answer is { } value
            ? Made(empty, await LocalArtifacts.JsonAsync(_setting.Store, value, cancellation))
            : empty with
            {
                State = LocalState.Stopped,
                Message = $"Nobody has answered '{place.Id}' in time ({place.Node.Approval!.Question}).",
            };
    }

    private static LocalNode Made(LocalNode node, LocalArtifact output) =>
        node with
        {
            State = LocalState.Succeeded,
            Outputs = new Dictionary<string, LocalArtifact>(StringComparer.Ordinal) { ["value"] = output },
        };

    private static LocalNode Skipped(LocalNode node, string decision, string why) =>
        node with
        {
            State = LocalState.Skipped,
            Decision = decision,
            Message = why,
        };

    /// <summary>The nodes of a group, for one item of the for-eaches around it; at the top, the exit handlers or the others.</summary>
    private sealed record Scope(string? Group, IReadOnlyList<int> Items, bool Always, LocalEnding Ending);
}
