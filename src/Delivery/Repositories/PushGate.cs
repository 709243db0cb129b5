using Microsoft.Extensions.Logging;
using Rondo.Delivery.Builds;
using Rondo.Kernel;
using Rondo.Kernel.Ids;

namespace Rondo.Delivery.Repositories;

/// <summary>Decides about pushes: main moves only to a commit that was built; every other branch is stored.</summary>
internal sealed class PushGate(
    ServerPaths paths,
    BuildQueue queue,
    BuildStore builds,
    BuildLanding landing,
    IdSource ids,
    TimeProvider time,
    ILogger<PushGate> logger
)
{
    // Each start of a server has its own: what lies beside it belongs to pushes that ended with their server.
    private readonly string _folder = Path.Combine(paths.DataFolder, "pushes", ids.New("srv"));

    /// <summary>Stands beside one <c>git receive-pack</c>, until it has ended.</summary>
    public GatedPush Open(string project, Actor actor, CancellationToken ended)
    {
        var push = new Push(project, actor, Path.Combine(_folder, ids.New("push")), time);
        return new GatedPush(this, push, ended);
    }

    /// <summary>Takes away what pushes of a server that was killed have left; hooks that still wait there end.</summary>
    public void Tidy()
    {
        var pushes = Path.GetDirectoryName(_folder)!;
        foreach (var left in Directory.Exists(pushes) ? Directory.GetDirectories(pushes) : [])
        {
            if (left != _folder)
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    /// <summary>Answers the hook. What was accepted still has to be done by git.</summary>
    internal async Task<PushDecision> DecideAsync(Push push, CancellationToken ended)
    {
        var decision = PushDecision.None;
        try
        {
            var commands = await push.RequestAsync(ended);
            decision = new PushDecision(commands, Build: null, Accepted: false);
            foreach (var command in commands.Where(c => c.Branch != GitRepositories.ReleasedBranch && !c.Deletes))
            {
                push.Say(
                    $"{command.Branch ?? command.Ref} is stored; only {GitRepositories.ReleasedBranch} is built and released."
                );
            }

            if (commands.FirstOrDefault(command => command.Branch == GitRepositories.ReleasedBranch) is { } main)
            {
                decision = decision with { Build = await QueueAsync(push, main, ended) };
                decision = decision with { Accepted = await WaitAsync(push, decision.Build, ended) };
            }
            else
            {
                decision = decision with { Accepted = true };
            }

            push.Decide(decision.Accepted);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Git ended before it asked, or the pusher went away: there is nobody to answer.
        }
        catch (Exception e)
        {
            logger.LogError(e, "A push to {Project} could not be decided", push.Project);
            push.Say(e is RondoException known ? known.Message : "The server failed; see its log.");
            push.Decide(accept: false);
        }

        return decision;
    }

    /// <summary>Git has ended: looks at what has come of it.</summary>
    internal async Task CompleteAsync(Push push, PushDecision decision)
    {
        if (decision.Build is { } build)
        {
            await landing.SettleAsync(build.Build);
        }

        if (decision.Accepted)
        {
            foreach (
                var stored in decision.Commands.Where(c => c.Branch is not (null or GitRepositories.ReleasedBranch))
            )
            {
                await builds.StoredAsync(push.Project, stored.Branch!, stored.New, push.Actor);
            }
        }
    }

    internal void Forget(PushDecision decision)
    {
        if (decision.Build is { } build)
        {
            queue.Remove(build);
        }
    }

    private async Task<LiveBuild> QueueAsync(Push push, PushCommand main, CancellationToken ended)
    {
        var wanted = new NewBuild(
            push.Project,
            GitRepositories.ReleasedBranch,
            main.New,
            push.Actor,
            push.SourceFile,
            push.Say,
            ended
        );
        var build = await queue.AddAsync(wanted);
        push.Say($"Build {build.Build.Id} of {main.New[..12]}");
        return build;
    }

    private async Task<bool> WaitAsync(Push push, LiveBuild build, CancellationToken ended)
    {
        try
        {
            if (await build.Failure.WaitAsync(ended) is not { } reason)
            {
                return true;
            }

            push.Say("Refused, nothing has changed: " + reason);
            push.Say($"The whole log: rondo builds log {build.Build.Id}");
            return false;
        }
        catch (OperationCanceledException)
        {
            // It may still wait for its turn.
            await builds.FailAsync(build.Build, LiveBuild.Unwanted);
            throw;
        }
    }
}

/// <summary>What a push asked for, the build that it needed, and whether it may take effect.</summary>
internal sealed record PushDecision(IReadOnlyList<PushCommand> Commands, LiveBuild? Build, bool Accepted)
{
    public static PushDecision None { get; } = new([], null, false);
}
