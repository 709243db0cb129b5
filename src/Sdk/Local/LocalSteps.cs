using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Computes the steps of a run, or finds that they need not be. What a step makes is staged, then kept in the store, then published: a
/// line of the run's journal, after which it counts. A process that is killed in between leaves bytes that nobody names.
/// </summary>
internal sealed class LocalSteps(LocalSetting setting, LocalValues values, LocalSlots slots)
{
    private static readonly UsualRetry s_atOnce = new(TimeSpan.Zero, TimeSpan.Zero);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _keys = new(StringComparer.Ordinal);

    public async Task<LocalNode> RunAsync(LocalPlace place, LocalNode empty, CancellationToken cancellation)
    {
        await setting.Probe.ReachAsync(LocalProbe.BeforeStep, place);
        var node = place.Node;
        var arguments = values.Arguments(place);
        var identity = await IdentityAsync(place, empty, arguments, cancellation);
        var key = identity.Digest();
        var step = empty with { Arguments = arguments, Identity = identity, Key = key };
        if (!node.Cache)
        {
            return await ReuseOrRunAsync(place, step, cancellation);
        }
        // Equal steps of one run: one is computed, the others take what it made.
        var one = _keys.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await one.WaitAsync(cancellation);
        try
        {
            return await ReuseOrRunAsync(place, step, cancellation);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<StepIdentity> IdentityAsync(
        LocalPlace place,
        LocalNode empty,
        IReadOnlyDictionary<string, JsonElement> arguments,
        CancellationToken cancellation
    )
    {
        var node = place.Node;
        var inputs = new Dictionary<string, ArtifactRef>(StringComparer.Ordinal);
        foreach (var (port, input) in empty.Inputs)
        {
            inputs[port] = input.Artifact ?? (await LocalArtifacts.NoneAsync(setting.Store, cancellation)).Artifact;
        }
        return new StepIdentity(
            node.Step,
            node.CodeDigest,
            inputs,
            arguments,
            node.Outputs,
            node.Seed ?? setting.Options.Seed,
            node.Environment.Count == 0 ? null : node.Environment,
            setting.Facts.Partition,
            node.Salt
        )
        {
            Secrets = setting.Fakes.ContainsKey(node.Id) ? null : setting.Secrets.Versions(node.Secrets),
        };
    }

    private async Task<LocalNode> ReuseOrRunAsync(LocalPlace place, LocalNode step, CancellationToken cancellation)
    {
        if (setting.Earlier?.Find(step) is { } earlier)
        {
            return await PublishAsync(
                place,
                step with
                {
                    State = LocalState.Reused,
                    Decision = LocalDecisions.Resumed,
                },
                earlier
            );
        }
        var look =
            setting.Options.Fresh ? new(null, LocalDecisions.Fresh)
            : place.Node.Cache ? setting.Cache.Look(step.Key!, place.Node.CacheExpiryMs)
            : new LocalCacheLook(null, LocalDecisions.NotCached);
        if (look.Entry is { } hit)
        {
            var reused = new LocalEarlierNode(hit.Run, hit.MadeAt, hit.Outputs, hit.Metrics);
            return await PublishAsync(place, step with { State = LocalState.Reused, Decision = look.Decision }, reused);
        }
        return await ComputeAsync(place, step with { Decision = look.Decision }, cancellation);
    }

    private async Task<LocalNode> PublishAsync(LocalPlace place, LocalNode step, LocalEarlierNode from)
    {
        var node = step with
        {
            Outputs = from.Outputs,
            Metrics = from.Metrics,
            ReusedFrom = from.Run,
            MadeAt = from.MadeAt,
        };
        setting.Publish(node);
        if (node.Decision == LocalDecisions.Resumed && place.Node.Cache)
        {
            // The run may have been killed before the cache knew.
            Keep(node);
        }
        await setting.Probe.ReachAsync(LocalProbe.BetweenSteps, place);
        return node;
    }

    private async Task<LocalNode> ComputeAsync(LocalPlace place, LocalNode step, CancellationToken cancellation)
    {
        var begun = setting.Time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var (result, staging) = await AttemptAsync(place, step, attempt, begun, cancellation);
            var node = step with
            {
                Attempts = attempt,
                DurationMs = (long)setting.Time.GetElapsedTime(begun).TotalMilliseconds,
                Metrics = result.Metrics,
                Message = result.Message,
                Mend = result.Mend,
                ErrorType = result.ErrorType,
            };
            if (result.Outcome != StepOutcome.Failed)
            {
                return await KeepAsync(place, node, result, staging);
            }
            RemoveStaging(staging);
            if (result.ErrorType == $"{nameof(RondoException)}.{ErrorCode.DataCorrupt}")
            {
                await LocalArtifacts.RemoveCorruptAsync(setting.Store, step.Identity!.Inputs.Values);
            }
            if (cancellation.IsCancellationRequested)
            {
                return node with { State = LocalState.Cancelled };
            }
            var since = result.SinceBegunMs is { } ms
                ? TimeSpan.FromMilliseconds(ms)
                : setting.Time.GetElapsedTime(begun);
            var failure = new FailedAttempt(result.ErrorType, attempt, since);
            if (RetryRules.Wait(place.Node, failure, s_atOnce) is not { } wait)
            {
                return node with { State = LocalState.Failed };
            }
            setting.Progress.Retries(node, wait);
            await setting.Probe.WaitAsync(place.Id, wait, cancellation);
        }
    }

    private async Task<(StepResult Result, string Staging)> AttemptAsync(
        LocalPlace place,
        LocalNode step,
        int attempt,
        long begun,
        CancellationToken cancellation
    )
    {
        var node = place.Node;
        using var slot = await slots.TakeAsync(node.Pool, cancellation);
        setting.Progress.Begins(place, attempt);
        var staging = Path.Combine(setting.Run.Staging, place.Id, attempt.ToString(CultureInfo.InvariantCulture));
        var request = new StepRequest(
            setting.Run.Id,
            setting.App.Project,
            "local",
            setting.Shape.Manifest.Name,
            place.Id,
            attempt,
            attempt,
            setting.Store.Root,
            staging,
            step.Identity!.Inputs,
            step.Arguments,
            step.Identity.Seed,
            setting.Threads,
            node.TimeoutMs
        )
        {
            Template = node.Id,
            Variables = node.Environment,
            Resources = node.Resources,
            Before = new(attempt - 1, (long)setting.Time.GetElapsedTime(begun).TotalMilliseconds),
        };
        var runner = new StepRunner(setting.App, setting.Time, setting.Log)
        {
            Instead = setting.Fakes.GetValueOrDefault(node.Id),
            Secrets = Secrets(node),
            BeforeOutputs = () => setting.Probe.ReachAsync(LocalProbe.InsideStep, place),
        };
        await setting.Probe.ReachAsync(LocalProbe.Called, place);
        var result = await runner.RunAsync(request, cancellation);
        await setting.Probe.ReachAsync(LocalProbe.Returned, place);
        return (setting.Redact(result), staging);
    }

    // A fake may do without them, and is not asked for them.
    private Dictionary<string, string> Secrets(NodeManifest node) =>
        node
            .Secrets.Where(secret => !setting.Fakes.ContainsKey(node.Id) || setting.Secrets.Has(secret.Value))
            .ToDictionary(secret => secret.Key, secret => setting.Secrets.Value(secret.Value), StringComparer.Ordinal);

    private async Task<LocalNode> KeepAsync(LocalPlace place, LocalNode step, StepResult result, string staging)
    {
        await setting.Probe.ReachAsync(LocalProbe.Staged, place);
        var outputs = new Dictionary<string, LocalArtifact>(StringComparer.Ordinal);
        foreach (var (port, made) in result.Outputs)
        {
            setting.Store.Adopt(Path.Combine(staging, made.File), made.Digest);
            outputs.Add(port, new(new ArtifactRef(made.Type, made.Digest, made.Size), made.Summary));
        }
        RemoveStaging(staging);
        await setting.Probe.ReachAsync(LocalProbe.Kept, place);
        var node = step with
        {
            State = result.Outcome == StepOutcome.Stopped ? LocalState.Stopped : LocalState.Succeeded,
            Outputs = outputs,
            MadeAt = setting.Time.GetUtcNow(),
        };
        setting.Publish(node);
        await setting.Probe.ReachAsync(LocalProbe.Published, place);
        if (place.Node.Cache && node is { State: LocalState.Succeeded, ErrorType: null })
        {
            Keep(node);
        }
        await setting.Probe.ReachAsync(LocalProbe.BetweenSteps, place);
        return node;
    }

    private void Keep(LocalNode node) =>
        setting.Cache.Keep(
            node.Key!,
            new(node.Identity!, node.Outputs, node.Metrics)
            {
                Run = node.ReusedFrom ?? setting.Run.Id,
                MadeAt = node.MadeAt ?? setting.Time.GetUtcNow(),
            }
        );

    private static void RemoveStaging(string staging)
    {
        try
        {
            if (Directory.Exists(staging))
            {
                Directory.Delete(staging, recursive: true);
            }
        }
        catch (IOException)
        {
            // A step that was left behind still writes there. The run's folder of staged outputs is removed as a whole in the end.
        }
    }
}
