using Rondo.Kernel;
using Rondo.Kernel.Projects;

namespace Rondo.Delivery.Releases;

/// <summary>A person's decision that what works in one environment goes on to a later one.</summary>
internal sealed class Promotion(ReleaseStore releases, ProjectStore projects)
{
    public async Task<Release> PromoteAsync(string project, string? from, string? to, Actor actor)
    {
        await projects.RequireAsync(project);
        var source = from ?? Environments.Test;
        var target = to ?? Environments.Production;
        if (PlaceOf(source) >= PlaceOf(target))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"A release is not promoted from {source} to {target}.",
                "The way goes from test to staging to production."
            );
        }

        var current =
            await releases.CurrentAsync(project, source)
            ?? throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Nothing of project '{project}' is released to {source}.",
                $"Push to main, and wait until 'rondo releases {project}' shows it as released there."
            );
        var there = await releases.CurrentAsync(project, target);
        return there?.BuildId != current.BuildId
            ? await releases.PromoteAsync(current, target, actor)
            : throw new RondoException(
                ErrorCode.Conflict,
                $"Build {current.BuildId} of commit {current.Commit[..12]} is released to {target} already."
            );
    }

    private static int PlaceOf(string environment) =>
        Environments.All.ToList().IndexOf(environment) is var place and >= 0
            ? place
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There is no environment '{environment}'.",
                "Use test, staging or production."
            );
}
