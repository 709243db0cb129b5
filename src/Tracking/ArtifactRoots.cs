using Rondo.Kernel.Db;

namespace Rondo.Tracking;

/// <summary>Where runs keep their files: for whoever registers what they made.</summary>
public sealed class ArtifactRoots(Database database)
{
    /// <summary>The address below which a run's files stand; null where there is no such run.</summary>
    public Task<string?> OfRunAsync(string run) =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<string>("select artifact_uri from tracking_run where id = @run", new { run })
        );
}
