using Rondo.Delivery.Repositories;

namespace Rondo.Delivery.Builds;

/// <summary>Compares a good build with its branch: the branch itself says whether the push has taken effect, also after a crash.</summary>
internal sealed class BuildLanding(BuildStore builds, GitRepositories repositories)
{
    public Task SettleAsync(Build build) =>
        SettleAsync(build, "The branch did not move: another push was faster, or the connection broke.");

    public async Task SettleAsync(Build build, string otherwise)
    {
        if (await repositories.HeadAsync(build.Project, build.Branch) == build.Commit)
        {
            await builds.LandAsync(build);
        }
        else
        {
            await builds.LoseAsync(build, otherwise);
        }
    }
}
